package localaws

import (
	"fmt"
	"strings"
)

// attributeNameFault says why SNS would refuse the name of a message attribute: recorded cases
// test_empty_or_wrong_message_attributes/too_long_name and invalid_name to invalid_name_4.
func attributeNameFault(name string) string {
	if len(name) > maxAttributeName {
		return "Length of message attribute name must be less than 256 bytes."
	}
	for _, char := range name {
		if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.", char) {
			return fmt.Sprintf("Invalid non-alphanumeric character '#x%X' was found in the message attribute name. "+
				"Can only include alphanumeric characters, hyphens, underscores, or dots.", char)
		}
	}
	switch {
	case strings.HasPrefix(name, "."):
		return "Invalid message attribute name starting with character '.' was found."
	case strings.HasSuffix(name, "."):
		return "Invalid message attribute name ending with character '.' was found."
	case strings.Contains(name, ".."):
		return "Message attribute name can not have successive '.' character."
	default:
		return ""
	}
}

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
