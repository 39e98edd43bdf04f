package cloud

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	account = "111122223333"
	region  = "eu-west-1"
	cluster = "c1"

	ordersTopic = "arn:aws:sns:eu-west-1:111122223333:orders"
	billing     = "arn:aws:sqs:eu-west-1:111122223333:billing"
)

// identity of the test account: localaws takes the account from the key.
var identity = Identity{Region: region, AccessKeyID: account, SecretAccessKey: "s3cret"}

var owner = topology.Owner{Cluster: cluster, Kind: "ConsumerQueue", Namespace: "shop", Name: "billing"}

// world is a local AWS and a client of it, both on one fake clock.
type world struct {
	t        *testing.T
	aws      *localaws.Server
	clock    *clocktesting.FakeClock
	accounts *Accounts
	*Client
}

func newWorld(t *testing.T, with ...localaws.Option) *world {
	t.Helper()
	c := clocktesting.NewFakeClock(time.Now().Truncate(time.Second))
	server := localaws.New(append([]localaws.Option{localaws.WithClock(c)}, with...)...)
	w := &world{t: t, aws: server, clock: c}
	w.accounts = w.newAccounts(Options{Rates: Unlimited()})
	w.Client = w.open(identity)
	server.ResetCalls()
	return w
}

// newAccounts is a new operator process.
func (w *world) newAccounts(o Options) *Accounts {
	o.HTTPClient, o.Clock, o.Cluster = w.aws.HTTPClient(), w.clock, cluster
	a := NewAccounts(o)
	a.retryDelay = func() time.Duration { return 0 }
	return a
}

func (w *world) open(id Identity) *Client {
	w.t.Helper()
	c, err := w.accounts.Client(w.t.Context(), id)
	if err != nil {
		w.t.Fatalf("opening %s: %v", id, err)
	}
	return c
}

// calls checks which calls were made since the last time.
func (w *world) calls(want map[string]int) {
	w.t.Helper()
	got := w.aws.CallCounts()
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("calls (-want +got):\n%s", diff)
	}
	w.aws.ResetCalls()
}

func (w *world) observe(o Observation) topology.State {
	w.t.Helper()
	state, err := w.Observe(w.t.Context(), o)
	if err != nil {
		w.t.Fatalf("observing: %v", err)
	}
	return state
}

// apply carries out steps that must all succeed.
func (w *world) apply(steps ...plan.Step) []plan.Outcome {
	w.t.Helper()
	result := w.Apply(w.t.Context(), plan.Plan{Steps: steps})
	for _, o := range result.Outcomes {
		if !o.Done {
			w.t.Fatalf("%s of %s: not done: skipped %t, fault %v", o.Step.Action, o.Step.Resource.Key, o.Skipped, o.Fault)
		}
	}
	return result.Outcomes
}

// fault is what one step fails with.
func (w *world) fault(s plan.Step) *fault.Error {
	w.t.Helper()
	o := w.Apply(w.t.Context(), plan.Plan{Steps: []plan.Step{s}}).Outcomes[0]
	if o.Done || o.Fault == nil {
		w.t.Fatalf("%s of %s succeeded, want a fault", s.Action, s.Resource.Key)
	}
	return o.Fault
}

// attributes of a queue as AWS shows them.
func (w *world) attributes(queueARN string) map[string]string {
	w.t.Helper()
	s := w.in("")
	url, err := s.queueURL(w.t.Context(), queueARN)
	if err != nil || url == "" {
		w.t.Fatalf("queue %s: url %q, %v", queueARN, url, err)
	}
	out, err := s.sqs.GetQueueAttributes(w.t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Attributes
}

func (w *world) subscriptionAttributes(subscription string) map[string]string {
	w.t.Helper()
	out, err := w.in("").sns.GetSubscriptionAttributes(w.t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: &subscription})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Attributes
}

func queueResource(queueARN string) topology.Resource {
	return topology.Resource{
		Kind: topology.KindQueue, Role: topology.RoleMain, Key: queueARN, ARN: queueARN, Region: region,
		Name: queueARN[len("arn:aws:sqs:eu-west-1:111122223333:"):], Group: queueARN, Owner: owner,
		Managed: tagFields(owner.Tags()),
	}
}

func topicResource(topicARN string) topology.Resource {
	return topology.Resource{
		Kind: topology.KindTopic, Key: topicARN, ARN: topicARN, Region: region,
		Name: topicARN[len("arn:aws:sns:eu-west-1:111122223333:"):], Group: topicARN, Owner: owner,
		Managed: tagFields(owner.Tags()),
	}
}

func subscriptionResource(topicARN, endpoint string) topology.Resource {
	return topology.Resource{
		Kind: topology.KindSubscription, Key: topology.SubscriptionKey(topicARN, endpoint), Name: "orders", Region: region,
		TopicARN: topicARN, Endpoint: endpoint,
	}
}

func tagFields(tags map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range tags {
		out[topology.TagField(k)] = v
	}
	return out
}

// create is the planner's step for a resource with attributes; tags are the owner's.
func create(r topology.Resource, attributes map[string]string) plan.Step {
	s := plan.Step{Action: plan.Create, Resource: r, Attributes: attributes, Fields: maps.Clone(attributes)}
	if s.Fields == nil {
		s.Fields = map[string]string{}
	}
	switch r.Kind {
	case topology.KindQueue:
		s.Phase = plan.PhaseQueues
	case topology.KindSubscription:
		s.Phase = plan.PhaseSubscriptions
		return s
	}
	s.Tags = owner.Tags()
	maps.Copy(s.Fields, tagFields(s.Tags))
	return s
}

func want(resources ...topology.Resource) topology.State {
	s := topology.State{Resources: resources}
	s.Sort()
	return s
}

// rowOf is the inventory row of a resource.
func rowOf(r topology.Resource) topology.Row {
	return topology.Row{
		Kind: r.Kind, Key: r.Key, ARN: r.ARN, Name: r.Name, URL: r.URL, TopicARN: r.TopicARN, Endpoint: r.Endpoint, Region: r.Region,
	}
}

func find(t *testing.T, s topology.State, key string) topology.Resource {
	t.Helper()
	r, ok := s.Find(key)
	if !ok {
		t.Fatalf("the state has no %s", key)
	}
	return r
}

// asFault checks class and reason of an error.
func asFault(t *testing.T, err error, class fault.Class, reason string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s %s", class, reason)
	}
	f := fault.As(err)
	if f.Class != class || f.Reason != reason {
		t.Errorf("got %s %q (%v), want %s %q", f.Class, f.Reason, f, class, reason)
	}
}

// failing answers an error code on operations such as sqs:GetQueueUrl.
func failing(code string, operations ...string) localaws.Hook {
	return func(c localaws.Call) localaws.Fault {
		for _, o := range operations {
			if o == c.Service+":"+c.Operation {
				return localaws.Fault{Code: code}
			}
		}
		return localaws.Fault{}
	}
}

func ctxWithTimeout(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
