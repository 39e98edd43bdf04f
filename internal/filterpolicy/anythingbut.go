package filterpolicy

import "encoding/json"

// parseAnythingBut reads a string, a number, a list of one of the two, or {"prefix": string}. SNS refuses every
// other nested form.
func parseAnythingBut(path string, operand any) (Condition, error) {
	switch v := operand.(type) {
	case object:
		return parseAnythingButPrefix(path, v)
	case []any:
		return parseAnythingButList(path, v)
	}
	value, err := named(path, operand, "Value of anything-but must be an array or single string/number value.")
	return Condition{Operator: AnythingBut, Values: []Value{value}}, err
}

// named reads a value that anything-but names: a string, or a number that SNS can order, unlike those that a policy
// names by themselves. Any other is refused for the reason given.
func named(path string, operand any, reason string) (Value, error) {
	value, _ := scalar(operand)
	switch value.Kind {
	case String:
		return value, nil
	case Number:
		return value, checkRange(path, json.Number(value.Text))
	default:
		return Value{}, refuse(path, "%s", reason)
	}
}

func parseAnythingButPrefix(path string, members object) (Condition, error) {
	if len(members) == 0 {
		return Condition{}, refuse(path, "Anything-But expression name not found")
	}
	if members[0].name != string(Prefix) {
		return Condition{}, refuse(path, "Unsupported anything-but pattern: %s", members[0].name)
	}
	condition, err := text(Prefix)(path, members[0].value)
	if err != nil {
		return Condition{}, err
	}
	if condition.Values[0].Text == "" {
		return Condition{}, refuse(path, "Null prefix not allowed")
	}
	if len(members) > 1 {
		return Condition{}, refuse(path, "Only one key allowed in match expression")
	}
	condition.Operator = AnythingButPrefix
	return condition, nil
}

func parseAnythingButList(path string, items []any) (Condition, error) {
	condition := Condition{Operator: AnythingBut}
	mixed := len(items) == 0 // neither numbers nor strings, in the words of SNS
	for _, item := range items {
		value, err := named(path, item, "Inside anything but list, start|null|boolean is not supported.")
		if err != nil {
			return Condition{}, err
		}
		condition.Values = append(condition.Values, value)
		mixed = mixed || value.Kind != condition.Values[0].Kind
	}
	if mixed {
		return Condition{}, refuse(path,
			"Inside anything but list, either all values are number or string, mixed type is not supported")
	}
	return condition, nil
}
