package localaws

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxBacklogBytes bounds what all queues together hold, in bytes of message.
const maxBacklogBytes = 512 << 20

// message is one message of a backlog.
type message struct {
	id, body, groupID, dedupID, sender, traceHeader string
	attributes                                      map[string]messageAttribute
	sequence                                        uint64
	sent, firstReceived, visibleAt                  time.Time
	receives                                        int
	// sourceARN is the queue that a dead letter came from, empty for a message that was sent here.
	sourceARN string
}

// size is what SQS counts against MaximumMessageSize, in bytes.
func (m *message) size() int {
	n := len(m.body)
	for name, attribute := range m.attributes {
		n += len(name) + len(attribute.DataType) + len(attribute.StringValue) + len(attribute.BinaryValue)
	}
	return n
}

// handle returns the receipt handle of the last receive.
func (m *message) handle() string {
	return base64.StdEncoding.EncodeToString([]byte(m.id + " " + itoa(m.receives)))
}

// readHandle returns the id of the message that a receipt handle was given for.
func readHandle(handle string) (id string, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(handle)
	id, _, found := strings.Cut(string(raw), " ")
	return id, err == nil && found
}

func (m *message) sequenceNumber() string {
	if m.sequence == 0 {
		return ""
	}
	return fmt.Sprintf("%020d", m.sequence)
}

// systemAttributes returns those of the message's own attributes that a receiver asks for.
func (m *message) systemAttributes(names []string) map[string]string {
	all := map[string]string{
		"SenderId":                         m.sender,
		"SentTimestamp":                    strconv.FormatInt(m.sent.UnixMilli(), 10),
		"ApproximateReceiveCount":          itoa(m.receives),
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.firstReceived.UnixMilli(), 10),
		"MessageGroupId":                   m.groupID,
		"MessageDeduplicationId":           m.dedupID,
		"SequenceNumber":                   m.sequenceNumber(),
		"AWSTraceHeader":                   m.traceHeader,
	}
	maps.DeleteFunc(all, func(name, value string) bool {
		return value == "" || !slices.Contains(names, "All") && !slices.Contains(names, name)
	})
	return all
}

// backlog holds the messages of a queue in the order of sending.
type backlog struct {
	messages []*message
	bytes    int
	purged   time.Time
}

func newBacklog() *backlog { return &backlog{} }

func (b *backlog) add(m *message) {
	b.messages = append(b.messages, m)
	b.bytes += m.size()
}

// take hands out up to n visible messages and hides them for the timeout.
func (b *backlog) take(now time.Time, n int, timeout time.Duration) []*message {
	var taken []*message
	for _, m := range b.messages {
		if len(taken) == n {
			break
		}
		if m.visibleAt.After(now) {
			continue
		}
		if m.receives == 0 {
			m.firstReceived = now
		}
		m.receives++
		m.visibleAt = now.Add(timeout)
		taken = append(taken, m)
	}
	return taken
}

// drop deletes a message and returns its size; one that is gone already is no error.
func (b *backlog) drop(id string) int {
	at := slices.IndexFunc(b.messages, func(m *message) bool { return m.id == id })
	if at < 0 {
		return 0
	}
	size := b.messages[at].size()
	b.messages = slices.Delete(b.messages, at, at+1)
	b.bytes -= size
	return size
}

// count returns how many messages can be received, wait for their delay and are in flight. A queue that a stale read
// still shows has none.
func (b *backlog) count(now time.Time) (visible, delayed, inFlight int) {
	if b == nil {
		return 0, 0, 0
	}
	for _, m := range b.messages {
		switch {
		case !m.visibleAt.After(now):
			visible++
		case m.receives == 0:
			delayed++
		default:
			inFlight++
		}
	}
	return visible, delayed, inFlight
}

func md5Hex(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
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
		if strings.HasPrefix(attribute.DataType, "Binary") {
			text = append(text, 2)
			field(string(attribute.BinaryValue))
		} else {
			text = append(text, 1)
			field(attribute.StringValue)
		}
	}
	return md5Hex(string(text))
}
