// Package topology says what AWS should look like: pure functions from specs to a State.
package topology

import (
	"cmp"
	"slices"
	"time"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/policydoc"
)

// Kind of an AWS resource.
type Kind string

// The kinds.
const (
	KindTopic        Kind = "topic"
	KindQueue        Kind = "queue"
	KindSubscription Kind = "subscription"
	KindAlarm        Kind = "alarm"
)

// Role of a queue in its group.
type Role string

// The roles of queues; a leaving queue has none.
const (
	RoleMain        Role = "Main"
	RoleDeadLetter  Role = "DeadLetter"
	RoleUndelivered Role = "Undelivered"
)

// State is what AWS holds, or should hold. One type serves both sides, so that they can be compared.
type State struct {
	// Resources sorted by Key.
	Resources []Resource
	// References are resources of others that this object depends on, by ARN: only read, never written.
	// The desired side lists them with an empty value, the observed side fills it.
	References map[string]Reference
	// Keys are, observed, the KMS keys on which deliveries depend, by the ARN of KeyARN.
	Keys map[string]Key
}

// Find gives the resource of a key.
func (s State) Find(key string) (Resource, bool) {
	i, ok := slices.BinarySearchFunc(s.Resources, key, func(r Resource, k string) int { return cmp.Compare(r.Key, k) })
	if !ok {
		return Resource{}, false
	}
	return s.Resources[i], true
}

// Sort puts the resources into the order that Find needs.
func (s State) Sort() {
	slices.SortFunc(s.Resources, func(a, b Resource) int { return cmp.Compare(a.Key, b.Key) })
}

// Resource is one AWS resource.
type Resource struct {
	// Kind, and for queues the Role.
	Kind Kind
	Role Role
	// Key identifies the resource for ever: the ARN, or SubscriptionKey.
	Key string
	// ARN of the resource; of a subscription empty until Subscribe has answered.
	ARN string
	// Name in AWS; of a subscription its topic's name.
	Name string
	// Region where its calls go; for a subscription the topic's.
	Region string
	// URL of a queue, as AWS gave it; empty while unknown.
	URL string
	// TopicARN and Endpoint (queue ARN) of a subscription.
	TopicARN, Endpoint string
	// Group is what a refusal of ownership or name blocks together.
	Group string

	// Owner is, desired, whose the resource is to be (its ownership tags).
	Owner Owner
	// Rivals are, desired, other objects that claim the same name or hold it in their inventory.
	Rivals []Rival
	// Held is, desired, why the resource is to be left as it is; empty means: apply it.
	Held string
	// Shared says, desired, that other objects use this queue as dead-letter queue.
	Shared bool

	// Managed are the fields that are compared, in canonical form: attribute name, Policy[SID] or Tags[KEY].
	// The empty value means absent.
	Managed map[string]string
	// Defaults are, desired, Skein's values of fields that the spec does not say: a resource that is adopted keeps its own instead.
	Defaults map[string]string
	// TargetSaid says, desired, that the spec says where dead letters go, so that only the count of the redrive policy may be a default.
	TargetSaid bool
	// Policy holds, desired, Skein's own statements; observed, the whole document.
	Policy policydoc.Document
	// Interim holds, desired, own statements to pass through while subscriptions leave: as in Policy, with the leaving topics.
	Interim map[string]policydoc.Statement
	// Undecided are, desired, the names of queues of which not all could be read that the statements for other accounts depend on: in those
	// that Skein set they stay, in whatever account they are.
	Undecided []string
	// UndecidedAlarms says, desired, that the same holds for the statement for alarms: the accounts that Skein set stay in it.
	UndecidedAlarms bool
	// Declared says, desired, that a MessagingTopology declares the topic of this subscription, so that Skein writes the topic's policy.
	Declared bool
	// Seen are facts about the observed resource, never compared and never changed.
	Seen Seen
}

// StatusName is the resource in statuses and specs: KIND/NAME, of a subscription its topic's ARN.
func (r Resource) StatusName() string {
	if r.Kind == KindSubscription {
		return string(r.Kind) + "/" + r.TopicARN
	}
	return string(r.Kind) + "/" + r.Name
}

// Existence says whether a resource was found.
type Existence string

// What a read told of existence. The zero value means: not read.
const (
	Unread  Existence = ""
	Present Existence = "Present"
	Absent  Existence = "Absent"
)

// Seen are facts of an observation.
type Seen struct {
	Existence Existence
	// Owner from the ownership tags; nil where the tags have not been read.
	Owner *Owner
	// TagsAt is when the read of the tags began.
	TagsAt time.Time
	// Messages of a queue, approximate.
	Messages Messages
	// Pending subscription: exists, not confirmed.
	Pending bool
	// Subscribers of a topic: confirmed ones, and pending ones.
	Subscribers, PendingSubscribers int64
	// Foreign are the subscriptions of a topic that are not of the owner's own consumers (queue ARN or endpoint); read for deletions only.
	Foreign []string
	// DeadLetterSources are the ARNs of queues that name this one as dead-letter queue; read only where a source may leave.
	DeadLetterSources []string
	// MoveTask says that a message move task runs from this queue; read for deletions only.
	MoveTask bool
	// Denied tells, per field that could not be read, the permission that is missing.
	Denied map[string]string
	// Fault is why else an alarm could not be read: nothing but the alarm depends on it.
	Fault *fault.Error
	// Lacking are the attributes, and Tags, that AWS is known not to have in this region; LackingKind where there are no resources of the kind.
	Lacking []string
	// History of reads, filled by the controller from its memory.
	History History
}

// LackingKind stands among what AWS lacks for all resources of a kind.
const LackingKind = "Resource"

// LacksKind says that AWS has no resources of the kind here.
func (s Seen) LacksKind() bool { return slices.Contains(s.Lacking, LackingKind) }

// Messages are approximate counts of a queue.
type Messages struct{ Visible, InFlight, Delayed int64 }

// Total of all messages.
func (m Messages) Total() int64 { return m.Visible + m.InFlight + m.Delayed }

// History says since when reads have agreed on something.
type History struct {
	// Different is, by field, when a read first showed the difference that the last read still showed; "" stands for the resource's absence, or
	// that of its ownership tags.
	Different map[string]time.Time
	// EmptySince is when the first of EmptyReadings consecutive reads showed no message; zero if the last read showed some.
	EmptySince    time.Time
	EmptyReadings int
	// Applied is, by field, when it was last set; "" stands for those that were not since the process first saw the resource.
	Applied map[string]time.Time
	// AnnouncedAt is when the adoption of the resource was announced as it still is; zero if it is not.
	AnnouncedAt time.Time
}

// Reference is what was read of a resource that belongs to someone else.
type Reference struct {
	Existence Existence
	// URL of a queue.
	URL string
	// Attributes as AWS gave them; of a queue only RedriveAllowPolicy.
	Attributes map[string]string
	// ReadAs is the ARN of the identity that read a topic.
	ReadAs string
}

// Owner are the ownership tags' values.
type Owner struct{ Cluster, Kind, Namespace, Name string }

// IsZero says that no ownership tag is there.
func (o Owner) IsZero() bool { return o == Owner{} }

// Partial says that ownership tags are missing: the others name nobody.
func (o Owner) Partial() bool {
	return o.Cluster == "" || o.Kind == "" || o.Namespace == "" || o.Name == ""
}

// String is Kind namespace/name.
func (o Owner) String() string { return o.Kind + " " + o.Namespace + "/" + o.Name }

// The ownership tags on everything taggable.
const (
	TagCluster   = "skein.dev/cluster"
	TagKind      = "skein.dev/kind"
	TagNamespace = "skein.dev/namespace"
	TagName      = "skein.dev/name"
)

// Tags gives the ownership tags.
func (o Owner) Tags() map[string]string {
	return map[string]string{TagCluster: o.Cluster, TagKind: o.Kind, TagNamespace: o.Namespace, TagName: o.Name}
}

// OwnerFromTags reads the ownership tags; the zero Owner where there are none.
func OwnerFromTags(tags map[string]string) Owner {
	return Owner{Cluster: tags[TagCluster], Kind: tags[TagKind], Namespace: tags[TagNamespace], Name: tags[TagName]}
}

// Rival is another object of this cluster with a claim to the same AWS name.
type Rival struct {
	Owner Owner
	// Older than the object itself: it goes first where nothing exists in AWS.
	Older bool
	// Holds says that the resource is on record as the rival's: it is not adopted, whatever its tags say.
	Holds bool
}

// SubscriptionKey is the key of a subscription before and after it has an ARN.
func SubscriptionKey(topicARN, endpoint string) string { return topicARN + " " + endpoint }
