package cloud

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"golang.org/x/sync/errgroup"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// Observation tells Observe what to look at.
type Observation struct {
	// Want has the desired resources and the References.
	Want topology.State
	// Applied are rows that are also looked at where they are not in Want; these are leaving.
	Applied topology.Inventory
	// Owner is whose leaving resources are; with it a batch of tags can confirm them. The zero value costs a read of tags for each.
	Owner topology.Owner
	// SharedSince: shared reads (topic attributes, tags, references) that began earlier are made anew.
	SharedSince time.Time
	// Anew is SharedSince for single resources and references, by key; tags that were as wanted are not read anew for it.
	Anew map[string]time.Time
	// TagsSince, where it is not zero: the tags of every resource come from a read that began then or later.
	TagsSince time.Time
	// Unlisted: look for the subscriptions whose ARN is not known in the lists of their topics, which may be long.
	Unlisted bool
	// Deleting: also read what may hold a deletion up, as for leaving resources: subscriptions of topics, move tasks of queues.
	Deleting bool
	// Regardless: queues may go with their messages, so that move tasks hold nothing up and are not read.
	Regardless bool
}

// sideBySide bounds the calls that one observation or one phase makes at a time.
const sideBySide = 16

// target is one resource to look at.
type target struct {
	// want is the desired resource, or that of the row.
	want topology.Resource
	// leaving: in the inventory only.
	leaving bool
}

// Observe reads what AWS holds; independent reads run side by side. The State has one Resource for each key of Want and Applied and one
// Reference for each of Want's. The error, a *fault.Error, means that the observation as a whole cannot be trusted; an optional read that
// is denied is in Seen.Denied, a denied reference stays Unread.
func (c *Client) Observe(ctx context.Context, o Observation) (topology.State, error) {
	targets := o.targets()
	c.expectAlarms(targets)
	refs := slices.Sorted(maps.Keys(o.Want.References))
	seen := make([]topology.Reference, len(refs))
	state := topology.State{Resources: make([]topology.Resource, len(targets)), References: make(map[string]topology.Reference, len(refs))}
	failures := make([]error, len(targets)+len(refs))
	var g errgroup.Group
	g.SetLimit(sideBySide)
	for i, t := range targets {
		g.Go(func() error {
			state.Resources[i], failures[i] = c.observe(ctx, o, t)
			return nil
		})
	}
	for i, ref := range refs {
		g.Go(func() error {
			seen[i], failures[len(targets)+i] = c.reference(ctx, ref, o.since(ref))
			return nil
		})
	}
	_ = g.Wait()
	// Always the same one of several, not the quickest: it stands in a condition.
	if i := slices.IndexFunc(failures, func(err error) bool { return err != nil }); i >= 0 {
		return topology.State{}, failures[i]
	}
	for i, ref := range refs {
		state.References[ref] = seen[i]
	}
	state.Sort()
	return state, nil
}

// since is how old a shared read of a resource or reference may be.
func (o Observation) since(key string) time.Time {
	if at, open := o.Anew[key]; open {
		return at
	}
	return o.SharedSince
}

// targets are the resources of Want and those of Applied that are not in it.
func (o Observation) targets() []target {
	out := make([]target, 0, len(o.Want.Resources)+len(o.Applied))
	for _, r := range o.Want.Resources {
		if row, ok := o.Applied.Find(r.Key); ok {
			r.ARN, r.URL = cmp.Or(r.ARN, row.ARN), cmp.Or(r.URL, row.URL)
		}
		out = append(out, target{want: r})
	}
	for _, row := range o.Applied {
		if _, ok := o.Want.Find(row.Key); !ok {
			out = append(out, target{want: row.Resource(), leaving: true})
		}
	}
	return out
}

func (c *Client) observe(ctx context.Context, o Observation, t target) (topology.Resource, error) {
	w := t.want
	r := topology.Resource{
		Kind: w.Kind, Role: w.Role, Key: w.Key, ARN: w.ARN, Name: w.Name, Region: w.Region, URL: w.URL,
		TopicARN: w.TopicARN, Endpoint: w.Endpoint, Group: w.Group, Managed: map[string]string{},
	}
	var err error
	switch w.Kind {
	case topology.KindQueue:
		err = c.observeQueue(ctx, o, t, &r)
	case topology.KindTopic:
		err = c.observeTopic(ctx, o, t, &r)
	case topology.KindSubscription:
		err = c.observeSubscription(ctx, o, &r)
	case topology.KindAlarm:
		err = c.observeAlarm(ctx, o, t, &r)
	}
	return r, err
}

// manage fills the compared fields from attributes as AWS gave them.
func manage(r *topology.Resource, attributes map[string]string) error {
	r.Managed = topology.CanonicalAttributes(r.Kind, attributes)
	document, err := policydoc.Parse(attributes["Policy"])
	if err != nil {
		return classify(readOperation(r.Kind), r.Key, &unreadable{"policy", err})
	}
	r.Policy = document
	for sid, statement := range document.Own() {
		r.Managed[topology.PolicyField(sid)] = statement
	}
	return nil
}

func readOperation(k topology.Kind) string {
	switch k {
	case topology.KindQueue:
		return "sqs:GetQueueAttributes"
	case topology.KindTopic:
		return "sns:GetTopicAttributes"
	case topology.KindAlarm:
		return describeAlarms
	default:
		return "sns:GetSubscriptionAttributes"
	}
}

// deny notes an optional read that is not permitted.
func deny(r *topology.Resource, field, permission string) {
	if r.Seen.Denied == nil {
		r.Seen.Denied = map[string]string{}
	}
	r.Seen.Denied[field] = permission
}

// mine refuses a queue, topic or alarm that is not in the client's account: a plan or a name resolved for another one must have no effect.
func (c *Client) mine(r topology.Resource) error {
	a, err := arn.Parse(r.Key)
	if err == nil && a.AccountID == c.caller.AccountID && !c.strayed.Load() {
		return nil
	}
	return &fault.Error{
		Class: fault.Terminal, Reason: v1alpha1.ReasonAccountChanged, Operation: readOperation(r.Kind), Resource: r.Key,
		Message: "the credentials do not belong to the account of the resource", Err: err,
	}
}
