package localaws

import (
	"strings"

	"github.com/skein-dev/skein/internal/localaws/wire"
)

// sqsItems are the names of the members of SQS's lists and maps in the query protocol, where they are not those of the
// field without its last letter; * stands for the operation. See
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html and its neighbours,
// as they were before SQS spoke JSON.
var sqsItems = map[string]string{
	"Actions":    "ActionName",
	"queueUrls":  "QueueUrl",
	"Entries":    "*RequestEntry",
	"Successful": "*ResultEntry",
	"Failed":     "BatchResultErrorEntry",
	"Results":    "*ResultEntry",
}

// sqsQuery is the query dialect of SQS for one of its operations.
func sqsQuery(operation string) wire.Dialect {
	return wire.FlatQuery(func(field string) wire.Item {
		name, irregular := sqsItems[field]
		if !irregular {
			name = strings.TrimSuffix(field, "s")
		}
		key := "Name"
		if strings.EqualFold(name, "Tag") {
			name, key = "Tag", "Key"
		}
		return wire.Item{Name: strings.Replace(name, "*", operation, 1), Key: key}
	})
}
