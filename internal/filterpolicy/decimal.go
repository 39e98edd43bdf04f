package filterpolicy

import (
	"math"
	"strconv"
	"strings"
)

// decimal is a JSON number in a normal form: digits without zeros at either end, times ten to the exponent.
// Equal numbers have equal normal forms, however they were written.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

// parseDecimal normalises the text of a JSON number.
func parseDecimal(number string) decimal {
	number, negative := strings.CutPrefix(number, "-")
	mantissa, power, _ := strings.Cut(strings.ToLower(number), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	exponent, err := strconv.Atoi(power)
	if power != "" && err != nil {
		exponent = math.MinInt32 // beyond any number that SNS or a float64 can hold
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	trimmed := strings.TrimRight(digits, "0")
	if trimmed == "" {
		return decimal{}
	}
	exponent += len(digits) - len(trimmed) - len(fraction)
	return decimal{negative: negative, digits: trimmed, exponent: exponent}
}

// decimals returns the number of digits after the decimal point.
func (d decimal) decimals() int { return max(0, -d.exponent) }

// exact reports whether a float64 keeps the number, so that no other number has the same canonical form.
func exact(number string) bool {
	f, err := strconv.ParseFloat(number, 64)
	return err == nil && parseDecimal(strconv.FormatFloat(f, 'e', -1, 64)) == parseDecimal(number)
}
