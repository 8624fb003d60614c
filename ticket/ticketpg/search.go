package ticketpg

import (
	"strings"
	"unicode"

	"hotline12345/ticket"
)

// maxTerms bounds the words of one search.
const maxTerms = 8

// searchText is what a search sees of a ticket: lower case, one blank between words.
func searchText(t ticket.Ticket) string {
	return foldText(t.Title + " " + t.Content + " " + t.Address)
}

func foldText(text string) string {
	return strings.Join(strings.Fields(strings.ToLower(text)), " ")
}

// bigrams are the distinct pairs of neighbouring characters of a text, blanks left out.
// The pair is two 16-bit numbers in one; characters beyond the first plane share
// numbers, which the check of the text itself makes good.
func bigrams(text string) []int32 {
	seen := map[int32]bool{}
	pairs := []int32{}
	var last rune
	for _, r := range text {
		if unicode.IsSpace(r) {
			last = 0
			continue
		}
		if last != 0 {
			pair := int32(uint32(last)<<16 | uint32(r)&0xFFFF) //nolint:gosec // the bits matter, not the sign
			if !seen[pair] {
				seen[pair] = true
				pairs = append(pairs, pair)
			}
		}
		last = r
	}
	return pairs
}

// terms are the words of a search, folded; too many are cut off.
func terms(q string) []string {
	words := strings.Fields(foldText(q))
	return words[:min(len(words), maxTerms)]
}

// likePattern finds a term anywhere, taken literally.
func likePattern(term string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(term) + "%"
}
