package topology

import (
	"strconv"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// This file says what an adoption changes in the shape of a consumer.

// gone says that a row's name is free for the spec to change: the resource is on its way out, or has not been taken over.
func gone(row Row) bool {
	return row.State == v1alpha1.ResourceLeaving || row.State == v1alpha1.ResourceAdopting
}

// keptTarget is where an adopted queue goes on sending dead letters while the spec does not speak of them: to another queue than the own
// dead-letter queue, or nowhere (an empty ARN). There is no own one then.
func (b *consumer) keptTarget() (arn string, kept bool) {
	row, _ := b.in.Inventory.Find(b.out.Names.MainARN)
	value, kept := row.Kept[redriveField]
	target := RedriveTarget(value)
	return target, kept && b.settings.DeadLetter == nil && target != b.deadLetter
}

// Fields that other queues take from the main queue.
var (
	followsType       = []string{"ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"}
	followsEncryption = []string{"KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"}
)

// follow lets a queue's fields be as those of the main queue, which may have kept other ones than Skein's defaults.
func follow(main Resource, managed map[string]string, fields ...[]string) map[string]string {
	for _, list := range fields {
		for _, field := range list {
			if value, ok := main.Managed[field]; ok {
				managed[field] = value
			}
		}
	}
	return managed
}

// noteKept says what an adopted queue does otherwise than a new one.
func (b *consumer) noteKept(main Resource) {
	switch target, kept := b.keptTarget(); {
	case !kept:
	case target == "":
		b.note("queue %s had no redrive policy when it was adopted and has none until spec.deadLetter is set, so messages that cannot be handled come again until they expire", main.Name)
	default:
		b.note("queue %s keeps its dead-letter queue %s until spec.deadLetter is set", main.Name, target)
	}
}

// noteKeptRetention says that dead letters may expire early by the retentions that were found: what the spec says is checked elsewhere.
func (b *consumer) noteKeptRetention(main, dead Resource) {
	const field = "MessageRetentionPeriod"
	source, letters := main.Managed[field], dead.Managed[field]
	found := func(r Resource) bool { return r.Keeps(field) && r.Managed[field] != r.Defaults[field] }
	if !found(main) && !found(dead) || deadLettersOutlive(WholeSeconds(letters), WholeSeconds(source), b.settings.FIFO != nil) {
		return
	}
	b.note("dead letters are kept %s s and messages %s s, as at the adoption, and a dead letter keeps its first enqueue time, so it may expire early; say spec.messageRetention and spec.deadLetter.messageRetention", letters, source)
}

// WholeSeconds reads an attribute that is a time in seconds; what is none counts as 0.
func WholeSeconds(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// find gives a resource of the State that is being built.
func (b *consumer) find(key string) (Resource, bool) {
	for _, r := range b.state.Resources {
		if r.Key == key {
			return r, true
		}
	}
	return Resource{}, false
}
