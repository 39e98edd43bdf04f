package localaws

import (
	"strconv"
	"strings"
)

const (
	maxDelay = 900
	// legalCharacters is how AWS writes which characters a message may have.
	legalCharacters = "#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]"
)

// outgoing is what a sender says of one message.
type outgoing struct {
	MessageBody             string
	DelaySeconds            *int
	MessageAttributes       map[string]messageAttribute
	MessageSystemAttributes map[string]messageAttribute
	DeduplicationID         string `json:"MessageDeduplicationId"`
	GroupID                 string `json:"MessageGroupId"`
}

// check says why SQS would refuse a message; the texts are those of the recorded message cases. The entry is how the
// names of its parameters begin in a batch, e.g. SendMessageBatchRequestEntry.1., and empty for a message by itself.
func (o *outgoing) check(q *queue, entry string) error {
	if err := o.checkPresent(q, entry); err != nil {
		return err
	}
	if err := o.checkBody(q); err != nil {
		return err
	}
	if err := o.checkForQueueType(q, entry); err != nil {
		return err
	}
	if err := checkMessageAttributes(o.MessageAttributes); err != nil {
		return err
	}
	return checkSystemAttributes(o.MessageSystemAttributes)
}

// checkPresent says which parameter a message lacks.
func (o *outgoing) checkPresent(q *queue, entry string) error {
	switch {
	case o.MessageBody == "":
		return missingParameter(entry + "MessageBody")
	case q.fifo && o.GroupID == "":
		return missingParameter("MessageGroupId")
	case q.fifo && o.DeduplicationID == "" && q.attributes["ContentBasedDeduplication"] != "true":
		return sqsError("InvalidParameterValue", "The queue should either have ContentBasedDeduplication enabled "+
			"or MessageDeduplicationId provided explicitly")
	default:
		return nil
	}
}

// checkBody checks the size of a message and the characters of its body.
func (o *outgoing) checkBody(q *queue) error {
	limit, _ := strconv.Atoi(q.attributes["MaximumMessageSize"])
	if contentSize(o.MessageBody, o.MessageAttributes) > limit {
		return sqsError("InvalidParameterValue",
			"One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", limit)
	}
	if r, bad := illegalCharacter(o.MessageBody); bad {
		return sqsError("InvalidMessageContents", "Invalid binary character '#x%X' was found in the message body, "+
			"the set of allowed characters is %s.", r, legalCharacters)
	}
	return nil
}

// checkForQueueType checks the parameters that differ between standard and FIFO queues. Groups are for both, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html.
func (o *outgoing) checkForQueueType(q *queue, entry string) error {
	switch {
	case o.DelaySeconds != nil && (*o.DelaySeconds < 0 || *o.DelaySeconds > maxDelay):
		return invalidValue(itoa(*o.DelaySeconds), "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
	case q.fifo && o.DelaySeconds != nil && *o.DelaySeconds > 0:
		return notForQueueType(itoa(*o.DelaySeconds), "DelaySeconds")
	case !q.fifo && o.DeduplicationID != "" && entry != "":
		return sqsError("InvalidParameterValue", wrongQueueType)
	case !q.fifo && o.DeduplicationID != "":
		return notForQueueType(o.DeduplicationID, "MessageDeduplicationId")
	}
	if err := checkToken(o.GroupID, "MessageGroupId"); err != nil {
		return err
	}
	return checkToken(o.DeduplicationID, "MessageDeduplicationId")
}

// wrongQueueType is what SQS says of parameters for the other type of queues: in the entries of a batch just so, see
// https://github.com/aws/aws-sdk-js/issues/3187, else as a reason.
const wrongQueueType = "The request include parameter that is not valid for this queue type"

func notForQueueType(value, parameter string) error {
	return invalidValue(value, parameter, wrongQueueType+".")
}

// validToken reports whether an id that a sender or receiver made up, where it gave one, has its form: up to 128
// printable characters of ASCII without spaces. SNS has the same for groups and deduplication.
func validToken(value string) bool {
	return len(value) <= 128 && !strings.ContainsFunc(value, func(r rune) bool { return r < '!' || r > '~' })
}

// checkToken refuses an id of another form.
func checkToken(value, parameter string) error {
	if !validToken(value) {
		return invalidValue(value, parameter,
			parameter+" can only include alphanumeric and punctuation characters. 1 to 128 in length.")
	}
	return nil
}

// checkSystemAttributes: AWSTraceHeader, a string, is the only one that can be sent, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html.
func checkSystemAttributes(attributes map[string]messageAttribute) error {
	for name, attribute := range attributes {
		if name != "AWSTraceHeader" {
			return sqsError("InvalidParameterValue", "Message system attribute name '%s' is invalid.", name)
		}
		if attribute.DataType != "String" {
			return sqsError("InvalidParameterValue",
				"The type of message system attribute '%s' is invalid. You must use only the following supported type: String.", name)
		}
		if err := checkAttributeValue(name, attribute); err != nil {
			return err
		}
	}
	return nil
}

// illegalCharacter returns the first character of a text that a message must not have.
func illegalCharacter(text string) (r rune, found bool) {
	for _, r := range text {
		legal := r >= 0x20 && r <= 0xD7FF || r == '\n' || r == '\t' || r == '\r' ||
			r >= 0xE000 && r <= 0xFFFD || r >= 0x10000
		if !legal {
			return r, true
		}
	}
	return 0, false
}
