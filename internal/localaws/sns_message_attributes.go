package localaws

import "fmt"

// attributeFault says why SNS would refuse a message attribute: recorded cases test_empty_or_wrong_message_attributes
// and test_message_attributes_prefixes. What a String.Array holds is looked at by filter policies only.
func attributeFault(name string, a messageAttribute) string {
	kind := attributeTypes.FindStringSubmatch(a.DataType)
	if kind == nil {
		return fmt.Sprintf("The message attribute '%s' has an invalid message attribute type, the set of supported type "+
			"prefixes is Binary, Number, and String.", name)
	}
	field, empty, other := "String", a.StringValue == "", len(a.BinaryValue) > 0
	if kind[1] == "Binary" {
		field, empty, other = "Binary", len(a.BinaryValue) == 0, a.StringValue != ""
	}
	switch {
	case other && empty:
		return fmt.Sprintf("The message attribute '%s' with type '%s' must use field '%s'.", name, a.DataType, field)
	case empty:
		return fmt.Sprintf("The message attribute '%s' must contain non-empty message attribute value for message "+
			"attribute type '%s'.", name, a.DataType)
	}
	if kind[1] == "Number" && !attributeNumbers.MatchString(a.StringValue) {
		return fmt.Sprintf("Could not cast message attribute '%s' value to number.", name)
	}
	return ""
}
