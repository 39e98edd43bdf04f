package redrive

import "strings"

// meanings are AWS's reasons for ending a task, in words, with what helps
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html).
var meanings = map[string]string{
	"NonExistentQueue": "a queue that messages were to go to does not exist any more: make it exist again, or make a Redrive with destination",
	"CouldNotDetermineMessageSource": "it holds messages that were sent to it directly, not as dead letters, and have nowhere to go back to: make a Redrive with destination, " +
		"or take them out",
	"AccessDenied":    "the operator's identity may not receive and delete messages there, or send them where they go (policies of the queues and their keys count too): grant it, then make another Redrive",
	"KmsAccessDenied": "the operator's identity may not use the key of one of the queues: grant kms:Decrypt and kms:GenerateDataKey, then make another Redrive",
	"OverLimit":       "a quota of the queue that the messages go to is used up: let its consumers catch up, then make another Redrive",
}

// meaning tells AWS's reason, and what it means where that is known.
func meaning(reason string) string {
	code := strings.TrimSuffix(strings.TrimPrefix(reason, "AWS.SimpleQueueService."), "Exception")
	switch words, known := meanings[code]; {
	case known:
		return reason + ": " + words
	case reason == "":
		return "it gives no reason; make another Redrive"
	default:
		return reason + "; make another Redrive once that is mended"
	}
}
