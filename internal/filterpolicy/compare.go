package filterpolicy

import (
	"math"
	"net/netip"
	"strings"
)

// datum is a scalar of a policy or a message, with its number read.
type datum struct {
	kind   Kind
	text   string
	number decimal
	// units is the number in steps of 0.00001; ranged is false where SNS cannot order the number.
	units  int64
	ranged bool
}

func newDatum(v Value) datum {
	d := datum{kind: v.Kind, text: v.Text}
	if v.Kind == Number {
		d.number = parseDecimal(v.Text)
		d.units, d.ranged = d.number.units()
	}
	return d
}

// equals compares as SNS does: values of different types are different, numbers are equal to five decimals, and those
// beyond 10^9 (account ids) only when they are the same.
func (d datum) equals(other datum) bool {
	switch {
	case d.kind != other.kind:
		return false
	case d.kind != Number:
		return d.text == other.text
	case d.ranged && other.ranged:
		return d.units == other.units
	default:
		return d.number == other.number
	}
}

// counts reports whether a value makes its key exist: one that is neither null nor empty,
// https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html.
func (d datum) counts() bool { return d.kind != Null && (d.kind != String || d.text != "") }

// test is a Condition, other than {"exists": false}, with its values read.
type test struct {
	Condition
	operands []datum
}

func newTest(c Condition) test {
	t := test{Condition: c}
	for _, value := range c.Values {
		t.operands = append(t.operands, newDatum(value))
	}
	return t
}

// accepts compares one value of the message. Conditions on strings and addresses pass strings only, numeric passes
// numbers only, and anything-but passes whatever is there and is not what it names.
func (t test) accepts(d datum) bool {
	switch t.Operator {
	case Equals:
		return d.equals(t.operands[0])
	case AnythingBut:
		for _, operand := range t.operands {
			if d.equals(operand) {
				return false
			}
		}
		return true
	case AnythingButPrefix:
		return d.kind != String || !strings.HasPrefix(d.text, t.operands[0].text)
	case Exists:
		return d.counts()
	case Numeric:
		return d.ranged && t.Range.holds(d.units)
	default:
		return d.kind == String && t.acceptsText(d.text)
	}
}

func (t test) acceptsText(text string) bool {
	switch t.Operator {
	case Prefix:
		return strings.HasPrefix(text, t.operands[0].text)
	case Suffix:
		return strings.HasSuffix(text, t.operands[0].text)
	case EqualsIgnoreCase:
		return strings.EqualFold(text, t.operands[0].text)
	case CIDR:
		address, err := netip.ParseAddr(text)
		return err == nil && address.Zone() == "" && t.Network.Contains(address)
	}
	return false
}

// holds reports whether a number, in steps of 0.00001, lies in the range.
func (r Range) holds(units int64) bool {
	if r.Low != nil && (units < r.Low.units() || units == r.Low.units() && !r.Low.Inclusive) {
		return false
	}
	return r.High == nil || units < r.High.units() || units == r.High.units() && r.High.Inclusive
}

// units returns the bound in steps of 0.00001. Parse takes at most five decimals, so nothing is lost.
func (b Bound) units() int64 { return int64(math.Round(b.Value * unitsPerOne)) }
