package privacy

import "strings"

// NormalPhone brings the ways of writing one number together: only digits (full
// width ones too), without the country code of mainland China. The area code
// stays, as it tells two subscribers apart.
func NormalPhone(phone string) string {
	digits := make([]byte, 0, len(phone))
	for _, r := range phone {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, byte(r))
		case r >= '０' && r <= '９':
			digits = append(digits, byte(r-'０'+'0'))
		}
	}
	number := string(digits)
	switch {
	case strings.HasPrefix(number, "0086"):
		number = number[4:]
	case strings.HasPrefix(number, "86") && len(number) > 11:
		number = number[2:]
	default:
		return number
	}
	// +86 991 … is dialled 0991 … at home; a mobile number has no trunk prefix.
	if number != "" && number[0] != '1' && number[0] != '0' {
		number = "0" + number
	}
	return number
}

// MaskPhone shows the ends of a number: 138****1000, 099****1234, 1***5. What is not
// a telephone number is masked whole.
func MaskPhone(phone string) string {
	number := NormalPhone(phone)
	switch n := len(number); {
	case n == 0:
		return maskAll(phone)
	case n >= 11:
		return number[:3] + "****" + number[n-4:]
	case n >= 7:
		return number[:2] + "***" + number[n-2:]
	case n >= 4:
		return number[:1] + "***" + number[n-1:]
	default:
		return "***"
	}
}

func maskAll(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	return "***"
}
