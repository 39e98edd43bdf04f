package localaws

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPublishBytes bounds a message with its attributes, and all messages of a batch together.
const maxPublishBytes = 256 << 10

// structureJSON is the MessageStructure that gives each protocol a text of its own; any other value means nothing.
const structureJSON = "json"

// check says why SNS would refuse a message whatever the topic. The path leads to the message in the request; it is
// empty for Publish. Recorded cases test_empty_sns_message, test_publish_too_long_message,
// test_publish_with_empty_subject, test_message_structure_json_exc and test_empty_or_wrong_message_attributes.
func (m publishedMessage) check(path string) error {
	if err := m.checkText(); err != nil {
		return err
	}
	if err := checkAttributes(path, m.MessageAttributes); err != nil {
		return err
	}
	if m.size() > maxPublishBytes {
		return snsInvalid("Message too long")
	}
	if m.MessageStructure != structureJSON {
		return nil
	}
	texts, err := readStructure(*m.Message)
	if err != nil {
		return snsInvalid("Message Structure - JSON message body failed to parse")
	}
	if _, ok := texts["default"]; !ok {
		return snsInvalid("Message Structure - No default entry in JSON message body")
	}
	return nil
}

func (m publishedMessage) checkText() error {
	switch {
	case m.Subject != nil && !validSubject(*m.Subject):
		return snsInvalid("Subject")
	case m.Message == nil || *m.Message == "":
		return snsInvalid("Empty message")
	default:
		return nil
	}
}

// validSubject: UTF-8 of 1 to 100 characters, none of them a line break or another control character.
func validSubject(text string) bool {
	n := utf8.RuneCountInString(text)
	return n >= 1 && n <= 100 && utf8.ValidString(text) && strings.IndexFunc(text, unicode.IsControl) < 0
}

// size is what SNS counts of a message, in bytes: recorded case test_publish_batch_too_long_message/error-with-attrs.
func (m publishedMessage) size() int {
	counted := message{attributes: m.MessageAttributes}
	if m.Message != nil {
		counted.body = *m.Message
	}
	return counted.size()
}

// readStructure reads a message of MessageStructure json: an object without duplicate keys. Values that are not
// strings are ignored.
func readStructure(text string) (map[string]string, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.Join(err, errors.New("an object is needed"))
	}
	texts, seen := map[string]string{}, map[string]bool{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value any
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		name, _ := key.(string)
		if seen[name] {
			return nil, errors.New("duplicate key " + name)
		}
		seen[name] = true
		if text, ok := value.(string); ok {
			texts[name] = text
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is text behind the object")
	}
	return texts, nil
}

// checkFor says why a topic of its kind would refuse a message. A group is taken by standard topics too, which pass it
// on to standard queues. Recorded cases test_validations_for_fifo and test_publish_batch_exceptions.
func (m publishedMessage) checkFor(t *topic) error {
	const form = " Reason: %[1]s can only include alphanumeric and punctuation characters. 1 to 128 in length"
	switch {
	case t.fifo && m.GroupID == "":
		return snsInvalid("The MessageGroupId parameter is required for FIFO topics")
	case !validToken(m.GroupID):
		return snsInvalid("%[1]s"+form, "MessageGroupId")
	case !t.fifo && m.DeduplicationID != "":
		return snsInvalid("MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is " +
			"not valid for this topic type")
	case !t.fifo:
		return nil
	case m.DeduplicationID == "" && t.attributes["ContentBasedDeduplication"] != "true":
		return snsInvalid("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId " +
			"provided explicitly")
	case !validToken(m.DeduplicationID):
		return snsInvalid("%[1]s"+form, "MessageDeduplicationId")
	default:
		return nil
	}
}

// checkAttributes says why SNS would refuse message attributes. There is no limit to their number: one comes from SQS,
// for raw delivery.
func checkAttributes(path string, attributes map[string]messageAttribute) error {
	names := slices.Sorted(maps.Keys(attributes))
	for _, name := range names {
		if attributes[name].DataType == "" {
			return newError("ValidationError", 400, "1 validation error detected: Value null at '%smessageAttributes.%s."+
				"member.dataType' failed to satisfy constraint: Member must not be null", path, name)
		}
	}
	for _, name := range names {
		fault := attributeNameFault("message attribute", name)
		if fault == "" {
			fault = attributeFault(name, attributes[name])
		}
		if fault != "" {
			return newError("ParameterValueInvalid", 400, "%s", fault)
		}
	}
	return nil
}
