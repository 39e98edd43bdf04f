package localaws

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

// receipt is what a receipt handle says: which receive of which message of which queue it was given for.
type receipt struct {
	queueARN, messageID string
	receive             int
}

func (r receipt) handle() string {
	return base64.StdEncoding.EncodeToString([]byte(r.messageID + " " + itoa(r.receive) + " " + r.queueARN))
}

// readReceipt reads a receipt handle of the queue.
func readReceipt(q *queue, handle string) (receipt, error) {
	if handle == "" {
		return receipt{}, missingParameter("ReceiptHandle")
	}
	raw, err := base64.StdEncoding.DecodeString(handle)
	parts := strings.SplitN(string(raw), " ", 3)
	if err != nil || len(parts) != 3 {
		return receipt{}, badHandle("The input receipt handle %q is not a valid receipt handle.", handle)
	}
	receive, err := strconv.Atoi(parts[1])
	if err != nil {
		return receipt{}, badHandle("The input receipt handle %q is not a valid receipt handle.", handle)
	}
	if parts[2] != q.arn {
		return receipt{}, badHandle("The receipt handle %q is not valid for this queue.", handle)
	}
	return receipt{queueARN: parts[2], messageID: parts[0], receive: receive}, nil
}

// badHandle refuses what is no handle (as reported at https://github.com/softwaremill/elasticmq/issues/324) or one of
// another queue (https://github.com/aws/aws-sdk-java-v2/issues/3101).
func badHandle(format, handle string) error {
	err := sqsError("ReceiptHandleIsInvalid", format, handle)
	err.status = http.StatusNotFound
	return err
}

// holds reports whether the receive that the handle was given for is the one that hides the message.
func (r receipt) holds(m *message) bool { return m.state == stateInFlight && m.receives == r.receive }

func expiredHandle(handle string) error {
	return invalidValue(handle, "ReceiptHandle", "The receipt handle has expired.")
}
