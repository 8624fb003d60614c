package speech

import (
	"regexp"
	"strings"
)

// silent takes out what only the eye needs.
var silent = strings.NewReplacer(
	"“", " ", "”", " ", "《", " ", "》", " ", "【", ",", "】", ",", "*", " ", "#", " ", "_", " ", "|", " ", "\t", " ", "\n", ",",
)

var (
	isoDate  = regexp.MustCompile(`\b(\d{4})-(\d{2})-(\d{2})\b`)
	longRun  = regexp.MustCompile(`\d{5,}`)
	percents = map[string]string{"kk": " пайыз", "ug": " پىرسەنت", "en": " percent"}
	// dateOrders place year, month and day of isoDate.
	dateOrders = map[string]string{"kk": "$1 жылғы $3.$2", "ug": "$1-يىلى $2-ئاينىڭ $3-كۈنى"}
)

// readable puts a text into the words it is read as. Chinese has its own rules;
// elsewhere the engine reads numbers, and long ones are taken apart, so that a phone
// or ticket number is read figure by figure.
func readable(language, text string) string {
	if language == "zh" || strings.HasPrefix(language, "zh-") {
		return silent.Replace(readChinese(text))
	}
	if order, ok := dateOrders[language]; ok {
		text = isoDate.ReplaceAllString(text, order)
	}
	if word, ok := percents[language]; ok {
		text = strings.ReplaceAll(text, "%", word)
	}
	text = longRun.ReplaceAllStringFunc(text, func(run string) string { return strings.Join(strings.Split(run, ""), " ") })
	return silent.Replace(text)
}
