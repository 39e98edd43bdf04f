package filterpolicy

import (
	"encoding/json"
	"fmt"
	"math"
)

// The numbers that SNS can compare,
// https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html.
const (
	maxNumber   = 1e9
	maxDecimals = 5
)

// Range is the operand of numeric. A nil bound is open; for "=" both bounds are the same number, included.
type Range struct {
	Low, High *Bound
}

// Bound is one end of a range.
type Bound struct {
	Value float64
	// Inclusive is true for "=", ">=" and "<=".
	Inclusive bool
}

// bounds reads the operand of numeric from left to right, as SNS does.
type bounds struct {
	path  string
	terms []any
}

// end is the term after the last.
type end struct{}

// next takes the next term.
func (b *bounds) next() any {
	if len(b.terms) == 0 {
		return end{}
	}
	term := b.terms[0]
	b.terms = b.terms[1:]
	return term
}

// parseNumeric reads ["=", n], [op, n] or [">" or ">=", low, "<" or "<=", high].
func parseNumeric(path string, operand any) (Condition, error) {
	terms, ok := operand.([]any)
	if !ok {
		return Condition{}, refuse(path, "Value of numeric must be an array.")
	}
	b := &bounds{path: path, terms: terms}
	first := b.next()
	op, ok := first.(string)
	if !ok {
		return Condition{}, refuse(path, "Invalid member in numeric match: %s", printed(first))
	}
	r, err := b.read(op)
	if err != nil {
		return Condition{}, err
	}
	if len(b.terms) > 0 {
		if r.Low != nil && r.Low != r.High {
			return Condition{}, refuse(path, "Too many terms in numeric range expression")
		}
		return Condition{}, refuse(path, "Too many elements in numeric expression")
	}
	return Condition{Operator: Numeric, Range: r}, nil
}

func (b *bounds) read(op string) (Range, error) {
	switch op {
	case "=":
		equal, err := b.bound("equals", true)
		return Range{Low: equal, High: equal}, err
	case "<", "<=":
		high, err := b.bound(op, op == "<=")
		return Range{High: high}, err
	case ">", ">=":
		low, err := b.bound(op, op == ">=")
		if err != nil || len(b.terms) == 0 {
			return Range{Low: low}, err
		}
		high, err := b.upper(low)
		return Range{Low: low, High: high}, err
	default:
		return Range{}, refuse(b.path, "Unrecognized numeric range operator: %s", op)
	}
}

// upper reads the second half of a range.
func (b *bounds) upper(low *Bound) (*Bound, error) {
	second := b.next()
	op, ok := second.(string)
	if !ok {
		return nil, refuse(b.path, "Bad value in numeric range: %s", printed(second))
	}
	if op != "<" && op != "<=" {
		return nil, refuse(b.path, "Bad numeric range operator: %s", op)
	}
	high, err := b.bound(op, op == "<=")
	if err != nil {
		return nil, err
	}
	if low.Value >= high.Value {
		return nil, refuse(b.path, "Bottom must be less than top")
	}
	return high, nil
}

// bound reads the number that follows an operator.
func (b *bounds) bound(op string, inclusive bool) (*Bound, error) {
	n, ok := b.next().(json.Number)
	if !ok {
		return nil, refuse(b.path, "Value of %s must be numeric", op)
	}
	if err := checkRange(b.path, n); err != nil {
		return nil, err
	}
	value, _ := n.Float64()
	if d := parseDecimal(n.String()); d.decimals() > maxDecimals {
		return nil, &Error{
			Key:    b.path,
			Reason: fmt.Sprintf("Value of %s must have at most %d digits after the decimal point", op, maxDecimals),
			Hint:   n.String() + " was found",
		}
	}
	return &Bound{Value: value, Inclusive: inclusive}, nil
}

// checkRange refuses a number that SNS cannot order, in the words of the published rule engine.
func checkRange(path string, n json.Number) error {
	if value, err := n.Float64(); err == nil && math.Abs(value) <= maxNumber {
		return nil
	}
	return &Error{
		Key:    path,
		Reason: "Value must be between -1.0E9 and 1.0E9, inclusive",
		Hint:   n.String() + " was found",
	}
}

// printed shows a term as SNS's parser names the place where it stopped.
func printed(term any) string {
	switch term := term.(type) {
	case end:
		return "]"
	case nil:
		return "null"
	case object:
		return "{"
	case []any:
		return "["
	default:
		return fmt.Sprint(term)
	}
}
