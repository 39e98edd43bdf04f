package localaws

import (
	"encoding/binary"
	"maps"
	"regexp"
	"slices"
	"strings"
)

const (
	maxMessageAttributes = 10
	// maxAttributeName bounds the name and the type of an attribute, in characters.
	maxAttributeName = 256
)

var (
	attributeNames   = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)
	attributeTypes   = regexp.MustCompile(`^(String|Number|Binary)(\..+)?$`)
	attributeNumbers = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)
)

// messageAttribute is one attribute of a message, on the wire and in the backlog.
type messageAttribute struct {
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue []byte `json:",omitempty"`
}

func (a messageAttribute) isBinary() bool { return strings.HasPrefix(a.DataType, "Binary") }

// checkMessageAttributes says why SQS would refuse the attributes of a message, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
// and the recorded cases test_send_message_with_invalid_string_attributes.
func checkMessageAttributes(attributes map[string]messageAttribute) error {
	if len(attributes) > maxMessageAttributes {
		return sqsError("InvalidParameterValue", "Number of message attributes [%d] exceeds the allowed maximum [%d].",
			len(attributes), maxMessageAttributes)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if err := checkAttributeName(name); err != nil {
			return err
		}
		if err := checkAttributeValue(name, attributes[name]); err != nil {
			return err
		}
	}
	return nil
}

func checkAttributeName(name string) error {
	lower := strings.ToLower(name)
	switch {
	case name == "":
		return sqsError("InvalidParameterValue", "The request must contain non-empty message (user) attribute names.")
	case len(name) > maxAttributeName:
		return sqsError("InvalidParameterValue", "Length of message (user) attribute name must be at most %d bytes.", maxAttributeName)
	case strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon."):
		return sqsError("InvalidParameterValue",
			"Message (user) attribute name '%s' is invalid. It begins with a reserved prefix: AWS. or Amazon.", name)
	case !attributeNames.MatchString(name):
		return sqsError("InvalidParameterValue", "Message (user) attribute name '%s' is invalid. It can contain letters, "+
			"digits, hyphens, underscores and, inside, single periods.", name)
	default:
		return nil
	}
}

func checkAttributeValue(name string, attribute messageAttribute) error {
	empty := attribute.StringValue == ""
	if attribute.isBinary() {
		empty = len(attribute.BinaryValue) == 0
	}
	illegal, bad := illegalCharacter(attribute.StringValue)
	switch {
	case attribute.DataType == "":
		return sqsError("InvalidParameterValue", "Message (user) attribute '%s' must contain a non-empty type.", name)
	case !attributeTypes.MatchString(attribute.DataType) || len(attribute.DataType) > maxAttributeName:
		return sqsError("InvalidParameterValue", "The type of message (user) attribute '%s' is invalid. You must use only "+
			"the following supported type prefixes: Binary, Number, String.", name)
	case empty:
		return sqsError("InvalidParameterValue",
			"Message (user) attribute '%s' must contain a non-empty value of type '%s'.", name, attribute.DataType)
	case bad:
		return sqsError("InvalidParameterValue", "Invalid binary character '#x%X' was found in the message (user) "+
			"attribute '%s', the set of allowed characters is %s.", illegal, name, legalCharacters)
	case strings.HasPrefix(attribute.DataType, "Number") && !attributeNumbers.MatchString(attribute.StringValue):
		return sqsError("InvalidParameterValue", "Can't cast the value of message (user) attribute '%s' to a number.", name)
	default:
		return nil
	}
}

// chooseAttributes returns the message attributes that a receiver asks for: by name, by PREFIX.*, or All.
func chooseAttributes(have map[string]messageAttribute, names []string) map[string]messageAttribute {
	if len(have) == 0 || len(names) == 0 {
		return nil
	}
	chosen := map[string]messageAttribute{}
	for name, attribute := range have {
		if slices.ContainsFunc(names, func(asked string) bool {
			prefix, wild := strings.CutSuffix(asked, ".*")
			return asked == name || asked == "All" || wild && strings.HasPrefix(name, prefix)
		}) {
			chosen[name] = attribute
		}
	}
	return chosen
}

// md5OfAttributes is the digest that SDKs check, empty for no attributes, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html.
func md5OfAttributes(attributes map[string]messageAttribute) string {
	if len(attributes) == 0 {
		return ""
	}
	var text []byte
	field := func(value string) {
		text = binary.BigEndian.AppendUint32(text, uint32(len(value)))
		text = append(text, value...)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		attribute := attributes[name]
		field(name)
		field(attribute.DataType)
		if attribute.isBinary() {
			text = append(text, 2)
			field(string(attribute.BinaryValue))
		} else {
			text = append(text, 1)
			field(attribute.StringValue)
		}
	}
	return md5Hex(string(text))
}
