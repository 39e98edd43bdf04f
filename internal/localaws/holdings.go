package localaws

import (
	"encoding/json"
	"time"
)

// Holdings is what a server holds at one moment. Its JSON is an API: GET /_skein/topology of skein-local answers it.
// Lists are sorted and never null.
type Holdings struct {
	// Accounts are those that own something, by number.
	Accounts []HeldAccount `json:"accounts"`
}

// HeldAccount is one account.
type HeldAccount struct {
	// Account is its number, 12 digits.
	Account string `json:"account"`
	// Regions are those in which it owns something, by name.
	Regions []HeldRegion `json:"regions"`
}

// HeldRegion is what an account owns in one region.
type HeldRegion struct {
	Region string      `json:"region"`
	Topics []HeldTopic `json:"topics"`
	Queues []HeldQueue `json:"queues"`
	Alarms []HeldAlarm `json:"alarms"`
	Keys   []HeldKey   `json:"keys"`
}

// HeldTopic is one topic with the subscriptions to it, by ARN.
type HeldTopic struct {
	ARN  string `json:"arn"`
	Name string `json:"name"`
	// Attributes are its settings with AWS's names and values; what was never set and has no default is absent.
	Attributes    map[string]string  `json:"attributes"`
	Tags          map[string]string  `json:"tags,omitempty"`
	Subscriptions []HeldSubscription `json:"subscriptions"`
	// Counters sum up what became of its messages for all its subscriptions, those included that were deleted since.
	// They run from its creation, by the names that CloudWatch has for metrics of AWS/SNS; what is zero is absent. Of
	// the counters of notifications that were filtered out, NumberOfNotificationsFilteredOut is the sum, those with
	// -MessageBody and -MessageAttributes split it by scope, and the others count special causes besides: a body that
	// is no JSON is counted in all three that speak of it.
	Counters map[string]int `json:"counters,omitempty"`
}

// HeldSubscription is one subscription.
type HeldSubscription struct {
	ARN string `json:"arn"`
	// Owner is the account that made or confirmed it.
	Owner    string `json:"owner"`
	Protocol string `json:"protocol"`
	Endpoint string `json:"endpoint"`
	// Pending says that its endpoint has not confirmed it: nothing is delivered.
	Pending            bool `json:"pending"`
	RawMessageDelivery bool `json:"rawMessageDelivery"`
	// FilterPolicy is the document, absent for none; FilterPolicyScope is what it looks at.
	FilterPolicy      json.RawMessage `json:"filterPolicy,omitempty"`
	FilterPolicyScope string          `json:"filterPolicyScope,omitempty"`
	// RedriveTarget is the ARN of the queue for what cannot be delivered, empty for none.
	RedriveTarget string `json:"redriveTarget,omitempty"`
	// Counters and Last say the same of the messages for it, from its creation.
	Counters map[string]int `json:"counters,omitempty"`
	Last     Outcome        `json:"last,omitzero"`
}

// HeldQueue is one queue. Messages are counted as GetQueueAttributes does.
type HeldQueue struct {
	ARN  string `json:"arn"`
	Name string `json:"name"`
	// Attributes are its settings with AWS's names and values.
	Attributes map[string]string `json:"attributes"`
	Tags       map[string]string `json:"tags,omitempty"`
	// Visible messages can be received, delayed ones not yet, those in flight were received and not deleted.
	Visible  int `json:"visible"`
	Delayed  int `json:"delayed"`
	InFlight int `json:"inFlight"`
	// OldestMessageAgeSeconds is the age of the oldest message, in flight or not; zero without messages.
	OldestMessageAgeSeconds int `json:"oldestMessageAgeSeconds"`
	// DeadLetterTarget is the ARN of its dead-letter queue, empty for none.
	DeadLetterTarget string `json:"deadLetterTarget,omitempty"`
	// DeadLetterSources are the ARNs of the queues whose dead-letter queue this is.
	DeadLetterSources []string `json:"deadLetterSources,omitempty"`
	// MoveTasks are the last message move tasks out of this queue, oldest first.
	MoveTasks []HeldMoveTask `json:"moveTasks,omitempty"`
}

// HeldMoveTask is one message move task, as ListMessageMoveTasks shows it.
type HeldMoveTask struct {
	// Destination is the ARN of a queue, empty where each message goes back to the queue that it came from.
	Destination string `json:"destination,omitempty"`
	// Status is RUNNING, COMPLETED, CANCELLING, CANCELLED or FAILED.
	Status string `json:"status"`
	// Reason says why it failed.
	Reason  string    `json:"reason,omitempty"`
	Started time.Time `json:"started"`
	// Moved messages are in the destination, of ToMove that could be received at the start.
	Moved  int `json:"moved"`
	ToMove int `json:"toMove"`
	// MaxPerSecond is zero where SQS chooses the rate.
	MaxPerSecond int `json:"maxPerSecond,omitempty"`
}

// HeldAlarm is one CloudWatch alarm.
type HeldAlarm struct {
	ARN  string `json:"arn"`
	Name string `json:"name"`
	// State is OK, ALARM or INSUFFICIENT_DATA, Reason why, in CloudWatch's words, and Since when it came to it.
	State  string    `json:"state"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
	// Namespace, Metric and Dimensions say what it watches.
	Namespace  string            `json:"namespace"`
	Metric     string            `json:"metric"`
	Dimensions map[string]string `json:"dimensions"`
	// ActionsEnabled says whether its actions are carried out.
	ActionsEnabled bool `json:"actionsEnabled"`
	// LastActions are what became of the actions of the last change of state.
	LastActions []HeldAction      `json:"lastActions,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
}

// HeldAction is one action that an alarm carried out.
type HeldAction struct {
	// Time is that of the change of state, by the server's clock.
	Time time.Time `json:"time"`
	// Target is the ARN of the action.
	Target string `json:"target"`
	// Failure says why it was not carried out, for people to read; empty where it was.
	Failure string `json:"failure,omitempty"`
}

// HeldKey is one KMS key.
type HeldKey struct {
	ARN string `json:"arn"`
	// Aliases are the names of its aliases, e.g. alias/orders.
	Aliases []string `json:"aliases,omitempty"`
	// Managed says that AWS manages it: it cannot be granted to SNS.
	Managed bool `json:"managed"`
	// State is Enabled, Disabled or PendingDeletion.
	State string `json:"state"`
	// Policy is its key policy.
	Policy json.RawMessage   `json:"policy"`
	Tags   map[string]string `json:"tags,omitempty"`
}
