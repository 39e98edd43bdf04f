package filterpolicy

import (
	"encoding/json"
	"net/netip"
	"strconv"
)

// Operator is how a condition compares.
type Operator string

// The operators of SNS, by the name they have in a policy, https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html
// and numeric-value-matching.html. Equals (a plain value) and AnythingButPrefix (a nested form) have no name there.
const (
	Equals            Operator = ""
	Prefix            Operator = "prefix"
	Suffix            Operator = "suffix"
	EqualsIgnoreCase  Operator = "equals-ignore-case"
	AnythingBut       Operator = "anything-but"
	AnythingButPrefix Operator = "anything-but prefix"
	Exists            Operator = "exists"
	Numeric           Operator = "numeric"
	CIDR              Operator = "cidr"
)

// Condition is one alternative of a leaf.
type Condition struct {
	Operator Operator
	// Values: one for Equals, Prefix, Suffix, EqualsIgnoreCase and AnythingButPrefix, one or more for AnythingBut.
	Values []Value
	// Exists is the operand of Exists.
	Exists bool
	// Range is the operand of Numeric.
	Range Range
	// Network is the operand of CIDR.
	Network netip.Prefix
}

// Kind is the JSON type of a value.
type Kind int

// The scalar JSON types.
const (
	Null Kind = iota
	Bool
	Number
	String
)

// Value is a scalar of a policy.
type Value struct {
	Kind Kind
	// Text is the string itself, the number as written, or "true" or "false".
	Text string
	// Number is the value of a Number.
	Number float64
}

// scalar converts a JSON value; ok is false for objects and arrays.
func scalar(v any) (Value, bool) {
	switch v := v.(type) {
	case nil:
		return Value{Kind: Null}, true
	case bool:
		return Value{Kind: Bool, Text: strconv.FormatBool(v)}, true
	case json.Number:
		f, _ := v.Float64() // Canonical refuses what a float64 cannot hold
		return Value{Kind: Number, Text: v.String(), Number: f}, true
	case string:
		return Value{Kind: String, Text: v}, true
	}
	return Value{}, false
}

// operators reads the operand of each operator that may stand in a match expression.
var operators = map[string]func(path string, operand any) (Condition, error){
	string(Prefix):           text(Prefix),
	string(Suffix):           text(Suffix),
	string(EqualsIgnoreCase): text(EqualsIgnoreCase),
	string(AnythingBut):      parseAnythingBut,
	string(Exists):           parseExists,
	string(Numeric):          parseNumeric,
	string(CIDR):             parseCIDR,
}

// text reads the operand of an operator that takes one string.
func text(op Operator) func(string, any) (Condition, error) {
	return func(path string, operand any) (Condition, error) {
		s, ok := operand.(string)
		if !ok {
			return Condition{}, refuse(path, "%s match pattern must be a string", op)
		}
		return Condition{Operator: op, Values: []Value{{Kind: String, Text: s}}}, nil
	}
}

func parseExists(path string, operand any) (Condition, error) {
	exists, ok := operand.(bool)
	if !ok {
		return Condition{}, refuse(path, "exists match pattern must be either true or false.")
	}
	return Condition{Operator: Exists, Exists: exists}, nil
}
