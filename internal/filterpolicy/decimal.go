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
	exponent := parseExponent(power)
	digits := strings.TrimLeft(whole+fraction, "0")
	trimmed := strings.TrimRight(digits, "0")
	if trimmed == "" {
		return decimal{}
	}
	exponent += len(digits) - len(trimmed) - len(fraction)
	return decimal{negative: negative, digits: trimmed, exponent: exponent}
}

// parseExponent reads what follows the e; what is beyond any number that SNS or a float64 can hold is cut.
func parseExponent(power string) int {
	exponent, _ := strconv.ParseInt(power, 10, 64) // the nearest that fits, when out of range; 0 when there is none
	return int(max(math.MinInt32, min(exponent, math.MaxInt32)))
}

// decimals returns the number of digits after the decimal point.
func (d decimal) decimals() int { return max(0, -d.exponent) }

// exact reports whether a float64 keeps the number, so that no other number has the same canonical form.
func exact(number string) bool {
	f, err := strconv.ParseFloat(number, 64)
	return err == nil && parseDecimal(strconv.FormatFloat(f, 'e', -1, 64)) == parseDecimal(number)
}

// unitsPerOne is 10 to the number of decimals that SNS compares.
const unitsPerOne = 1e5

// units returns the number in steps of 0.00001, what is finer cut off downwards; ok is false beyond 10^9 either way.
func (d decimal) units() (units int64, ok bool) {
	places := len(d.digits) + d.exponent + maxDecimals // digits of the result
	if places > 15 {
		return 0, false
	}
	kept := max(0, min(places, len(d.digits)))
	if kept > 0 {
		units, _ = strconv.ParseInt(d.digits[:kept]+strings.Repeat("0", places-kept), 10, 64)
	}
	rest := kept < len(d.digits)
	if units > maxNumber*unitsPerOne || units == maxNumber*unitsPerOne && rest {
		return 0, false
	}
	if !d.negative {
		return units, true
	}
	if rest {
		units++
	}
	return -units, true
}
