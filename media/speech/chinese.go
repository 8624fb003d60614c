package speech

import (
	"regexp"
	"strconv"
	"strings"
)

// How a Chinese speaker reads what stands in figures. The engine reads every number
// as a quantity; a year, a phone number, a flat or a percentage is read otherwise.

// rule rewrites what its pattern finds; a nil result leaves it for the next rule.
type rule struct {
	find *regexp.Regexp
	read func(m []string) string
}

// chineseRules are tried in this order over the whole text; what one has put into
// characters no other sees again. FF1A and FF05 are the full-width colon and percent.
var chineseRules = []rule{
	// 2026-11-25, 2026/11/25, 2026年11月25日; then a year alone
	{regexp.MustCompile(`\b(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})\b[日号]?`), readDate},
	{regexp.MustCompile(`\b(\d{4})年`), func(m []string) string { return figures(m[1], false) + "年" }},
	// 9:00, 15:30, 15:30:05
	{regexp.MustCompile(`\b(\d{1,2})[:\x{FF1A}](\d{2})(?:[:\x{FF1A}]\d{2})?\b`), readTime},
	// 138****1000
	{regexp.MustCompile(`\b(\d{3})\*+(\d{4})\b`), func(m []string) string { return figures(m[1], true) + ",尾号" + figures(m[2], true) }},
	// in parts: 0991-1234567, 400-800-1234, 20260302-000001, 3-2-501
	{regexp.MustCompile(`\b\d+(?:-\d+)+\b`), readParts},
	// 1,200 is 1200
	{regexp.MustCompile(`\b\d{1,3}(?:,\d{3})+\b`), func(m []string) string { return strings.ReplaceAll(m[0], ",", "") }},
	{regexp.MustCompile(`-(\d+(?:\.\d+)?)\s*(?:℃|°C|度)`), func(m []string) string { return "零下" + quantity(m[1]) + "度" }},
	{regexp.MustCompile(`(\d+(?:\.\d+)?)\s*[%\x{FF05}]`), func(m []string) string { return "百分之" + quantity(m[1]) }},
	// 3-5天, 10~20
	{regexp.MustCompile(`(\d)\s*[-~～—–]+\s*(\d)`), func(m []string) string { return m[1] + "至" + m[2] }},
	{regexp.MustCompile(`(\d+(?:\.\d+)?)\s*(km|kg|cm|mm|m²|m2|㎡|m³|℃|°C)`), func(m []string) string { return quantity(m[1]) + units[m[2]] }},
	{regexp.MustCompile(`\d+\.\d+`), func(m []string) string { return quantity(m[0]) }},
	{regexp.MustCompile(`(\d+)(\p{Han}?)`), readInteger},
}

var units = map[string]string{
	"km": "公里", "kg": "公斤", "cm": "厘米", "mm": "毫米", "m²": "平方米", "m2": "平方米", "㎡": "平方米", "m³": "立方米", "℃": "度", "°C": "度",
}

const (
	// measured follow a quantity, however long its figures are.
	measured = "元万亿千百人户名位个件次条家辆栋台套米里吨平立公亩克斤度天月年日号小分秒周倍块棵只张"
	// paired are the measure words before which two is 两.
	paired = "个次天户位名件条家辆栋台套人只张棵块周倍"
	// numbered follow a number that is a name: of a flat, a bus.
	numbered = "室房路"
	// longNumber is the count of figures from which a number is read one by one.
	longNumber = 5
)

// emergency numbers have a reading of their own, though short.
var emergency = map[string]bool{"110": true, "114": true, "119": true, "120": true, "122": true}

// readChinese puts every figure of a text into the characters it is read as.
func readChinese(text string) string {
	for _, r := range chineseRules {
		text = r.find.ReplaceAllStringFunc(text, func(found string) string {
			return r.read(r.find.FindStringSubmatch(found))
		})
	}
	return text
}

func readDate(m []string) string {
	month, day := number(m[2]), number(m[3])
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return m[0]
	}
	return figures(m[1], false) + "年" + cardinal(month) + "月" + cardinal(day) + "日"
}

func readTime(m []string) string {
	hour, minute := number(m[1]), number(m[2])
	switch {
	case hour > 24 || minute > 59:
		return m[0]
	case minute == 0:
		return cardinal(hour) + "点"
	case minute < 10:
		return cardinal(hour) + "点零" + cardinal(minute) + "分"
	}
	return cardinal(hour) + "点" + cardinal(minute) + "分"
}

// readParts reads figure by figure; two short parts are a range and stay for its rule.
func readParts(m []string) string {
	parts := strings.Split(m[0], "-")
	asName := len(parts) > 2
	for _, p := range parts {
		asName = asName || len(p) >= longNumber || p[0] == '0'
	}
	if !asName {
		return m[0]
	}
	for i, p := range parts {
		parts[i] = figures(p, true)
	}
	return strings.Join(parts, ",")
}

func readInteger(m []string) string {
	digits, next := m[1], m[2]
	quantified := next != "" && strings.Contains(measured, next)
	switch {
	case emergency[digits] && !quantified,
		len(digits) >= longNumber && !quantified,
		len(digits) >= 3 && next != "" && strings.Contains(numbered, next),
		len(digits) > 1 && digits[0] == '0':
		return figures(digits, true) + next
	case digits == "2" && next != "" && strings.Contains(paired, next):
		return "两" + next
	}
	return quantity(digits) + next
}

// quantity reads a number with or without a fraction.
func quantity(text string) string {
	whole, fraction, has := strings.Cut(text, ".")
	read := figures(whole, false)
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil && n < 1e12 {
		read = cardinal(n)
	}
	if has {
		read += "点" + figures(fraction, false)
	}
	return read
}

func number(digits string) int64 {
	n, _ := strconv.ParseInt(digits, 10, 64) // a few figures, by the pattern
	return n
}

var numerals = []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}

// figures reads one by one; in a number that is dialled or looked up, one is 幺.
func figures(digits string, dialled bool) string {
	var b strings.Builder
	for _, d := range []byte(digits) {
		if d == '1' && dialled {
			b.WriteString("幺")
			continue
		}
		b.WriteString(numerals[d-'0'])
	}
	return b.String()
}

// cardinal reads a quantity below 10^12.
func cardinal(n int64) string {
	if n == 0 {
		return numerals[0]
	}
	var b strings.Builder
	gap := false // a zero to read before the next figure
	for _, place := range []struct {
		size int64
		name string
	}{{1e8, "亿"}, {1e4, "万"}, {1, ""}} {
		group := n / place.size
		n %= place.size
		for _, digit := range []struct {
			size int64
			name string
		}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
			d := group / digit.size % 10
			if d == 0 {
				gap = b.Len() > 0
				continue
			}
			if gap {
				b.WriteString(numerals[0])
				gap = false
			}
			b.WriteString(numerals[d] + digit.name)
		}
		if group > 0 {
			b.WriteString(place.name)
			gap = false
		}
	}
	if read := b.String(); !strings.HasPrefix(read, "一十") {
		return read
	}
	return strings.TrimPrefix(b.String(), "一")
}
