package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// defaultResync is the resyncPeriod of an AWSAccount that says none.
const defaultResync = "10m"

// leftOut is the line for something that cannot be read; the error comes back where it is for another reason than that the user may not, or that
// the cluster has an older Skein.
func leftOut(what string, err error) (string, error) {
	switch {
	case err == nil:
		return "", nil
	case apierrors.IsForbidden(err):
		return what + ", which you may not read: " + lacking(err), nil
	case meta.IsNoMatchError(err):
		return what + ", which this cluster does not have: its Skein is older", nil
	}
	return "", fmt.Errorf("reading %s: %w", what, err)
}

// overview reads all that there is. It fails where neither topologies nor queues can be read.
func (c *cluster) overview(ctx context.Context, o statusOptions) (*overview, error) {
	var in []client.ListOption
	v := &overview{Topologies: []topologyState{}, Queues: []queueState{}, Redrives: []redriveState{}, Events: []eventState{}}
	if !o.all {
		v.Namespace = c.namespace
		in = append(in, client.InNamespace(c.namespace))
	}
	topologies, queues, redrives := &v1alpha1.MessagingTopologyList{}, &v1alpha1.ConsumerQueueList{}, &v1alpha1.RedriveList{}
	noQueues, noTopologies := c.List(ctx, queues, in...), c.List(ctx, topologies, in...)
	if noQueues != nil && noTopologies != nil {
		return nil, fmt.Errorf("listing ConsumerQueues: %w", noQueues)
	}
	for _, r := range []struct {
		what string
		err  error
	}{{"ConsumerQueues", noQueues}, {"MessagingTopologies", noTopologies}, {"Redrives", c.List(ctx, redrives, in...)}} {
		if err := v.leaveOut(r.what, r.err); err != nil {
			return nil, err
		}
	}
	for i := range topologies.Items {
		v.Topologies = append(v.Topologies, topologyOf(&topologies.Items[i]))
	}
	for i := range queues.Items {
		v.Queues = append(v.Queues, queueOf(&queues.Items[i]))
	}
	for i := range redrives.Items {
		if r := &redrives.Items[i]; !r.Finished() {
			v.Redrives = append(v.Redrives, redriveOf(r))
		}
	}
	if len(v.Topologies)+len(v.Queues)+len(v.Redrives) == 0 {
		return v, nil
	}
	events, err := c.events(ctx, o.events, append(in, client.MatchingFields{"reportingComponent": "skein"})...)
	v.Events = events
	if err := v.leaveOut("Events", err); err != nil {
		return nil, err
	}
	v.countsAge, err = c.countsAge(ctx, accountNames(queues.Items))
	return v, v.leaveOut("AWSAccounts", err)
}

func (v *overview) leaveOut(what string, err error) error {
	line, err := leftOut(what, err)
	if line != "" {
		v.NotRead = append(v.NotRead, line)
	}
	return err
}

// accountNames are the AWSAccounts in which queues were counted.
func accountNames(queues []v1alpha1.ConsumerQueue) []string {
	var out []string
	for i := range queues {
		if account := queues[i].Status.Account; account != nil && queues[i].Status.Messages != nil {
			out = append(out, account.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// countsAge says how old counts may be: the longest time between two looks in these accounts. An account that cannot be read, or is gone, is
// taken for one that says nothing; the error tells why it cannot be read.
func (c *cluster) countsAge(ctx context.Context, accounts []string) (countsAge, error) {
	var longest time.Duration
	var refused error
	assumed := false
	for _, name := range accounts {
		account := &v1alpha1.AWSAccount{}
		if err := c.Get(ctx, client.ObjectKey{Name: name}, account); err != nil {
			assumed = true
			if !lacks(err, name) {
				refused = err
			}
		}
		period := string(account.Spec.ResyncPeriod)
		if period == "" {
			period = defaultResync
		}
		d, err := time.ParseDuration(period)
		if err != nil {
			return countsAge{}, fmt.Errorf("resyncPeriod of AWSAccount %s: %w", name, err)
		}
		longest = max(longest, d)
	}
	if longest == 0 {
		return countsAge{}, refused
	}
	return countsAge{shortDuration(longest), assumed}, refused
}

// detail is what kubectl skein status shows of one object, and prints as data.
type detail struct {
	// Object is the ConsumerQueue or MessagingTopology itself.
	Object client.Object `json:"object"`
	// Redrives of a ConsumerQueue: those that are not over, and the last three that are, the newest last.
	Redrives []redriveState `json:"redrives"`
	// Consumers of a MessagingTopology in its namespace.
	Consumers []queueState `json:"consumers,omitempty"`
	// Events are the last ones, the newest last.
	Events []eventState `json:"events"`
	countsAge
	// StatusWritten is when the status last changed.
	StatusWritten *metav1.Time `json:"statusWritten,omitempty"`
	NotRead       []string     `json:"notRead,omitempty"`
}

func (v *detail) leaveOut(what string, err error) error {
	line, err := leftOut(what, err)
	if line != "" {
		v.NotRead = append(v.NotRead, line)
	}
	return err
}

func (c *cluster) detail(ctx context.Context, object client.Object, o statusOptions) (*detail, error) {
	v := &detail{Object: object, Redrives: []redriveState{}, StatusWritten: statusWritten(object)}
	in := client.InNamespace(object.GetNamespace())
	var err error
	switch of := object.(type) {
	case *v1alpha1.ConsumerQueue:
		var redrives v1alpha1.RedriveList
		if err := v.leaveOut("Redrives", c.List(ctx, &redrives, in)); err != nil {
			return nil, err
		}
		v.Redrives = append(v.Redrives, redrivesOf(of.Name, redrives.Items)...)
		v.countsAge, err = c.countsAge(ctx, accountNames([]v1alpha1.ConsumerQueue{*of}))
		if err := v.leaveOut("AWSAccounts", err); err != nil {
			return nil, err
		}
	case *v1alpha1.MessagingTopology:
		var queues v1alpha1.ConsumerQueueList
		if err := v.leaveOut("ConsumerQueues", c.List(ctx, &queues, in)); err != nil {
			return nil, err
		}
		for i := range queues.Items {
			if subscribes(&queues.Items[i], of) {
				v.Consumers = append(v.Consumers, queueOf(&queues.Items[i]))
			}
		}
	}
	v.Events, err = c.events(ctx, o.events, in, client.MatchingFields{"involvedObject.uid": string(object.GetUID())})
	return v, v.leaveOut("Events", err)
}

// statusWritten is when somebody last changed the status.
func statusWritten(object client.Object) *metav1.Time {
	var last *metav1.Time
	for _, entry := range object.GetManagedFields() {
		if entry.Subresource == "status" && (last == nil || last.Before(entry.Time)) {
			last = entry.Time
		}
	}
	return last
}

func subscribes(cq *v1alpha1.ConsumerQueue, mt *v1alpha1.MessagingTopology) bool {
	return slices.ContainsFunc(cq.Spec.Subscriptions, func(s v1alpha1.Subscription) bool {
		return s.Topology != nil && s.Topology.Name == mt.Name && (s.Topology.Namespace == "" || s.Topology.Namespace == mt.Namespace)
	})
}

// finishedShown is how many finished Redrives are shown.
const finishedShown = 3

func redrivesOf(queue string, redrives []v1alpha1.Redrive) []redriveState {
	slices.SortStableFunc(redrives, func(a, b v1alpha1.Redrive) int { return a.CreationTimestamp.Compare(b.CreationTimestamp.Time) })
	finished := 0
	var out []redriveState
	for i := len(redrives) - 1; i >= 0; i-- {
		r := &redrives[i]
		if r.Spec.ConsumerQueue.Name != queue {
			continue
		}
		if r.Finished() {
			if finished++; finished > finishedShown {
				continue
			}
		}
		out = append(out, redriveOf(r))
	}
	slices.Reverse(out)
	return out
}

// eventState is one event.
type eventState struct {
	At     metav1.Time `json:"at"`
	Type   string      `json:"type"`
	Object string      `json:"object"`
	// Namespace of the object.
	Namespace string `json:"namespace"`
	Reason    string `json:"reason"`
	Message   string `json:"message"`
	// Count is how often it was seen.
	Count int32 `json:"count"`
}

// events gives the last ones, the newest last.
func (c *cluster) events(ctx context.Context, last int, options ...client.ListOption) ([]eventState, error) {
	out := []eventState{}
	if last <= 0 {
		return out, nil
	}
	var events corev1.EventList
	if err := c.List(ctx, &events, options...); err != nil {
		return out, err
	}
	for i := range events.Items {
		out = append(out, eventOf(&events.Items[i]))
	}
	slices.SortStableFunc(out, func(a, b eventState) int { return a.At.Compare(b.At.Time) })
	return out[max(0, len(out)-last):], nil
}

// eventOf reads an event of either API: they keep times and counts in different fields.
func eventOf(e *corev1.Event) eventState {
	at, count := e.CreationTimestamp.Time, max(e.Count, 1)
	times := []time.Time{e.FirstTimestamp.Time, e.LastTimestamp.Time, e.EventTime.Time}
	if e.Series != nil {
		times, count = append(times, e.Series.LastObservedTime.Time), max(count, e.Series.Count)
	}
	if latest := slices.MaxFunc(times, time.Time.Compare); !latest.IsZero() {
		at = latest
	}
	object := e.InvolvedObject.Name
	for _, k := range append([]kind{redriveKind}, kinds...) {
		if k.name == e.InvolvedObject.Kind {
			object = k.short + "/" + object
		}
	}
	return eventState{At: metav1.NewTime(at), Type: e.Type, Object: object, Namespace: e.InvolvedObject.Namespace, Reason: e.Reason, Message: e.Message, Count: count}
}
