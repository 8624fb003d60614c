package ticket

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Longest texts, in characters.
const (
	maxTitle   = 100
	maxLine    = 200 // an address, a name, a right door
	maxOpinion = 500
)

// channels by which a ticket comes in; true: the requester has no other way to be
// told than the telephone.
var channels = map[string]bool{
	"phone": true, "sms": true,
	"web": false, "app": false, "platform": false, "hotline": false,
	"110": false, "media": false, "mail": false, "hall": false,
}

func decideLodge(c Lodge, r Rules) ([]Fact, error) {
	path, known := r.Categories[c.Category]
	phoneOnly, channel := channels[c.Channel]
	switch {
	case !validNumber(c.Number):
		return nil, invalid("number", "not yyyymmdd-NNNNNN")
	case !slices.Contains([]Kind{Inquiry, Help, Suggestion, Complaint, TipOff, Praise}, c.Kind):
		return nil, invalid("kind", "unknown kind")
	case !slices.Contains([]Urgency{Ordinary, Urgent, Critical}, c.Urgency):
		return nil, invalid("urgency", "unknown urgency")
	case !channel:
		return nil, invalid("channel", "unknown channel")
	case !known:
		return nil, &Error{Code: CodeUnknownCategory, Field: "category"}
	case len(c.Region) > 12 || strings.Trim(c.Region, "0123456789") != "":
		return nil, invalid("region", "not a region code of digits")
	}
	if err := checkRequester(c.Requester, phoneOnly); err != nil {
		return nil, err
	}
	for _, text := range []struct {
		field, value string
		needed       bool
		most         int
	}{
		{"title", c.Title, true, maxTitle},
		{"content", c.Content, true, r.MaxText},
		{"address", c.Address, false, maxLine},
		{"call", c.Call, false, maxLine},
	} {
		if err := checkText(text.field, text.value, text.needed, text.most); err != nil {
			return nil, err
		}
	}
	return []Fact{Lodged{
		Number: c.Number, Kind: c.Kind, Urgency: c.Urgency, Channel: c.Channel,
		Category: c.Category, CategoryPath: slices.Clone(path), Region: c.Region, Address: c.Address,
		Title: c.Title, Content: c.Content, Confidential: c.Confidential, FollowUpWanted: c.FollowUpWanted,
		Requester: c.Requester, Call: c.Call,
	}}, nil
}

// checkRequester: the name may stay empty (an anonymous complaint is one too), a way
// to be told may not (Art. 46).
func checkRequester(q Requester, phoneOnly bool) error {
	if q.Phone != "" && !validPhone(q.Phone) {
		return invalid("requester.phone", "not a telephone number")
	}
	if q.Phone == "" && (phoneOnly || q.Contact == "") {
		return invalid("requester.phone", "no way to tell the requester the result")
	}
	if !slices.Contains([]string{"", "male", "female"}, q.Gender) {
		return invalid("requester.gender", "unknown gender")
	}
	if err := checkText("requester.name", q.Name, false, maxLine); err != nil {
		return err
	}
	if err := checkText("requester.contact", q.Contact, false, maxLine); err != nil {
		return err
	}
	return checkText("requester.language", q.Language, false, maxLine)
}

// checkText: valid UTF-8 without control characters, at most so many characters, not
// blank when needed.
func checkText(field, text string, needed bool, most int) error {
	switch {
	case needed && strings.TrimSpace(text) == "":
		return invalid(field, "is empty")
	case !utf8.ValidString(text):
		return invalid(field, "is not UTF-8")
	case utf8.RuneCountInString(text) > most:
		return invalid(field, fmt.Sprintf("is longer than %d characters", most))
	case strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' }):
		return invalid(field, "has control characters")
	}
	return nil
}

// noRequester are numbers of services, the hotline's own among them: a transfer from there
// shows them, and the system's call with the result must not ring there.
var noRequester = []string{"110", "119", "120", "122", "12345"}

// validPhone: 3 to 20 digits, with the signs people write between them, and somebody's own.
func validPhone(phone string) bool {
	var digits []byte
	for i, c := range phone {
		switch {
		case c >= '0' && c <= '9':
			digits = append(digits, byte(c))
		case c == '+' && i == 0, c == '-', c == ' ':
		default:
			return false
		}
	}
	return len(digits) >= 3 && len(digits) <= 20 && len(phone) <= 30 && !slices.Contains(noRequester, string(digits))
}

// validNumber: yyyymmdd-NNNNNN.
func validNumber(number string) bool {
	day, count, found := strings.Cut(number, "-")
	return found && len(day) == 8 && len(count) == 6 && strings.Trim(day+count, "0123456789") == ""
}
