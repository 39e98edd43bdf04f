package plan

import (
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// Input is all that Diff looks at.
type Input struct {
	// Self is whose resources these are to be.
	Self topology.Owner
	// Want is the full desired State; empty when the object is being deleted.
	Want topology.State
	// Have is what was observed of Want and of the inventory.
	Have topology.State
	// Applied is what Skein set last.
	Applied topology.Inventory
	// Roles of queues that are not in Want, by key.
	Roles map[string]topology.Role
	// Guards against losing messages.
	Guards Guards
	// Drift says what becomes of differences that somebody else made.
	Drift DriftRules
	// Adoption says what may be taken over.
	Adoption AdoptionRules
	// DeletedAt is the deletion timestamp; zero while the object lives.
	DeletedAt time.Time
	Now       time.Time
}

// Guards decide about deletes and other steps that lose messages.
type Guards struct {
	DeletionPolicy v1alpha1.DeletionPolicy
	// AllowMessages, AllowSubscribers and AllowRetentionCut come from annotations.
	AllowMessages, AllowSubscribers, AllowRetentionCut bool
	// EmptySettle is over how long queues must be seen empty before they are deleted.
	EmptySettle time.Duration
}

// DriftRules say which differences are left as they are.
type DriftRules struct {
	// Report leaves all of them.
	Report bool
	// Exceptions are fields that are left, by resource as in status (queue/NAME, topic/NAME, alarm/NAME, subscription/TOPIC-ARN).
	Exceptions map[string][]string
}

// AdoptionRules say which resources that this object did not make may become its own.
type AdoptionRules struct {
	// Wanted is the object's adoptionPolicy Adopt; Allowed is the account's consent.
	Wanted, Allowed bool
	// FromCluster is the id of another cluster whose tags are no obstacle; empty for none.
	FromCluster string
	// Gone are owners of this cluster, seen in tags, whose objects do not exist any more.
	Gone map[topology.Owner]bool
}

// How long AWS may show old values after a write, and how far apart two reads must be to be believed.
const (
	// SettleWindow is what SQS documents for SetQueueAttributes.
	SettleWindow = 60 * time.Second
	// RetentionSettleWindow is what SQS documents for MessageRetentionPeriod.
	RetentionSettleWindow = 15 * time.Minute
	// SecondReadAfter is the least time between two reads that declare drift or absence.
	SecondReadAfter = 5 * time.Second
	// EmptyReadings must show no message before a queue is deleted.
	EmptyReadings = 3
)

func (in Input) deleting() bool { return !in.DeletedAt.IsZero() }

// Regardless says that queues may go with the messages they hold, so that nothing that holds a deletion up need be read.
func (in Input) Regardless() bool {
	return in.Guards.AllowMessages || in.deleting() && in.Guards.DeletionPolicy == v1alpha1.DeletionDelete
}

// retained says that a deletion leaves everything in AWS as it is.
func (in Input) retained() bool {
	return in.deleting() && in.Guards.DeletionPolicy == v1alpha1.DeletionRetain
}

// lastSet is when a field was last set, as far as this process knows.
func lastSet(h topology.History, row topology.Row, field string) time.Time {
	if at, ok := h.Applied[field]; ok {
		return at
	}
	if at, ok := h.Applied[""]; ok {
		return at
	}
	return row.AppliedAt
}

// settling says until when a field, or with "" the resource, may still be shown as it was before it was last set. That others were set since does not
// count: somebody whose changes are set back again and again would keep a window open for ever.
func (in Input) settling(h topology.History, row topology.Row, field string) (time.Time, bool) {
	applied := row.AppliedAt
	if field != ownership && field != Existence {
		applied = lastSet(h, row, field)
	}
	if applied.IsZero() {
		return time.Time{}, false
	}
	window := SettleWindow
	if field == "MessageRetentionPeriod" {
		window = RetentionSettleWindow
	}
	end := applied.Add(window)
	return end, in.Now.Before(end)
}
