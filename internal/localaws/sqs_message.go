package localaws

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// messageOverhead is about what a message takes besides its content, in bytes.
const messageOverhead = 512

// message is one message, on its way into a queue or in the queue's backlog.
type message struct {
	id, body, groupID, dedupID, sender, traceHeader string
	attributes                                      map[string]messageAttribute
	// key is the KMS key that encrypts the message, that of the queue when the message was sent: it stays where the queue
	// gets another or none, and in a dead-letter queue, see
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html.
	key string
	// sourceARN is the queue that the message was last dead-lettered from, empty if it never was.
	sourceARN string
	sequence  uint64
	// sent is when the message was enqueued, from which the retention counts. visibleAt is when it can be received
	// next; a sender that leaves it zero gets the queue's delay.
	sent, visibleAt time.Time
	// arrived is when the message came into this queue, from which CloudWatch counts its age.
	arrived                     time.Time
	firstReceived, lastReceived time.Time
	// receives counts over all queues that the message has been in, receivedHere in this one only.
	receives, receivedHere int
	place
}

// size is what SQS counts against MaximumMessageSize, in bytes.
func (m *message) size() int { return contentSize(m.body, m.attributes) }

func contentSize(body string, attributes map[string]messageAttribute) int {
	n := len(body)
	for name, attribute := range attributes {
		n += len(name) + len(attribute.DataType) + len(attribute.StringValue) + len(attribute.BinaryValue)
	}
	return n
}

// weight is what the message counts against maxBacklogBytes.
func (m *message) weight() int { return m.size() + len(m.traceHeader) + messageOverhead }

// sequenceNumber has 20 digits as AWS's have; it is empty outside of FIFO queues.
func (m *message) sequenceNumber() string {
	if m.sequence == 0 {
		return ""
	}
	return fmt.Sprintf("%020d", m.sequence)
}

// messageSystemAttributes are the attributes of a message that AWS sets, as a receiver may ask for them, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html.
var messageSystemAttributes = map[string]func(*message) string{
	"SenderId":                         func(m *message) string { return m.sender },
	"SentTimestamp":                    func(m *message) string { return milliseconds(m.sent) },
	"ApproximateReceiveCount":          func(m *message) string { return itoa(m.receives) },
	"ApproximateFirstReceiveTimestamp": func(m *message) string { return milliseconds(m.firstReceived) },
	"MessageGroupId":                   func(m *message) string { return m.groupID },
	"MessageDeduplicationId":           func(m *message) string { return m.dedupID },
	"SequenceNumber":                   (*message).sequenceNumber,
	"AWSTraceHeader":                   func(m *message) string { return m.traceHeader },
	"DeadLetterQueueSourceArn":         func(m *message) string { return m.sourceARN },
}

// systemAttributes returns those of the message's own attributes that a receiver asks for, by name or as All.
func (m *message) systemAttributes(names []string) map[string]string {
	if slices.Contains(names, "All") {
		names = slices.Collect(maps.Keys(messageSystemAttributes))
	}
	chosen := map[string]string{}
	for _, name := range names {
		if read := messageSystemAttributes[name]; read != nil {
			if value := read(m); value != "" {
				chosen[name] = value
			}
		}
	}
	return chosen
}

func milliseconds(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func md5Hex(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}
