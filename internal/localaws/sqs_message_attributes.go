package localaws

import (
	"encoding/binary"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxMessageAttributes = 10
	// maxAttributeName bounds the name and the type of an attribute, in characters.
	maxAttributeName = 256
)

var (
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
		return badAttribute("Number of message attributes [%d] exceeds the allowed maximum [%d].",
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

// checkAttributeName has the texts that SNS is recorded with for the same faults, in the way in which SQS speaks of
// attributes.
func checkAttributeName(name string) error {
	lower := strings.ToLower(name)
	switch fault := attributeNameFault("message (user) attribute", name); {
	case name == "":
		return badAttribute("The request must contain non-empty message (user) attribute name.")
	case strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon."):
		return badAttribute("Message (user) attribute name '%s' is invalid. It starts with a reserved prefix: AWS. or Amazon.", name)
	case fault != "":
		return badAttribute("%s", fault)
	default:
		return nil
	}
}

// attributeNameFault says why SNS and SQS would refuse the name of a message attribute, empty for not at all; kind is
// what the service calls an attribute. Recorded cases test_empty_or_wrong_message_attributes/too_long_name and
// invalid_name to invalid_name_4.
func attributeNameFault(kind, name string) string {
	at := strings.IndexFunc(name, func(r rune) bool { return !isAlphanumeric(r) && r != '-' && r != '_' && r != '.' })
	switch {
	case len(name) > maxAttributeName:
		return "Length of " + kind + " name must be less than 256 bytes."
	case at >= 0:
		r, _ := utf8.DecodeRuneInString(name[at:])
		return fmt.Sprintf("Invalid non-alphanumeric character '#x%X' was found in the %s name. "+
			"Can only include alphanumeric characters, hyphens, underscores, or dots.", r, kind)
	case strings.HasPrefix(name, "."):
		return "Invalid " + kind + " name starting with character '.' was found."
	case strings.HasSuffix(name, "."):
		return "Invalid " + kind + " name ending with character '.' was found."
	case strings.Contains(name, ".."):
		return strings.Replace(kind, "m", "M", 1) + " name can not have successive '.' character."
	default:
		return ""
	}
}

func checkAttributeValue(name string, a messageAttribute) error {
	illegal, bad := illegalCharacter(a.StringValue)
	field, right, wrong := "String", a.StringValue != "", len(a.BinaryValue) > 0
	if a.isBinary() {
		field, right, wrong = "Binary", wrong, right
	}
	switch {
	case a.DataType == "":
		return badAttribute("Message (user) attribute '%s' must contain a non-empty type.", name)
	case !attributeTypes.MatchString(a.DataType) || len(a.DataType) > maxAttributeName:
		return badAttribute("The type of message (user) attribute '%s' is invalid. You must use only the following "+
			"supported type prefixes: Binary, Number, String.", name)
	case !right && wrong:
		return badAttribute("The message (user) attribute '%s' with type '%s' must use field '%s'.", name, a.DataType, field)
	case !right:
		return badAttribute("Message (user) attribute '%s' must contain a non-empty value of type '%s'.", name, a.DataType)
	case bad:
		return badAttribute("Invalid binary character '#x%X' was found in the message (user) attribute '%s', "+
			"the set of allowed characters is %s.", illegal, name, legalCharacters)
	case strings.HasPrefix(a.DataType, "Number") && !attributeNumbers.MatchString(a.StringValue):
		return badAttribute("Can't cast the value of message (user) attribute '%s' to a number.", name)
	default:
		return nil
	}
}

func isAlphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

func badAttribute(format string, args ...any) error {
	return sqsError("InvalidParameterValue", format, args...)
}

// chooseAttributes returns the message attributes that a receiver asks for: by name, by PREFIX.*, or all by All, .* or
// *, which the documentation does not name (https://github.com/localstack/localstack/pull/8572).
func chooseAttributes(have map[string]messageAttribute, names []string) map[string]messageAttribute {
	if len(have) == 0 || len(names) == 0 {
		return nil
	}
	chosen := map[string]messageAttribute{}
	for name, attribute := range have {
		if slices.ContainsFunc(names, func(asked string) bool {
			prefix, wild := strings.CutSuffix(asked, ".*")
			return asked == name || asked == "All" || asked == "*" || wild && strings.HasPrefix(name, prefix)
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
