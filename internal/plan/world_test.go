package plan_test

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

const accountID = "123456789012"

var start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

var self = topology.Owner{Cluster: "c1", Kind: "ConsumerQueue", Namespace: "ns", Name: "me"}

// testing is what *testing.T and *rapid.T have in common.
type testingT interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

// world is one object with its AWS, inventory and memory; reconcile is one pass of its controller.
type world struct {
	t         testingT
	aws       *fakeAWS
	inventory topology.Inventory
	history   map[string]topology.History
	roles     map[string]topology.Role
	guards    plan.Guards
	drift     plan.DriftRules
	adoption  plan.AdoptionRules
	deletedAt time.Time
	faults    bool // faults are expected
	byHand    bool // somebody took a policy away
	current   topology.Resource
	plan      plan.Plan
	result    plan.Result
}

func newWorld(t testingT) *world {
	return &world{
		t: t, aws: newAWS(start), history: map[string]topology.History{}, roles: map[string]topology.Role{},
		guards: plan.Guards{DeletionPolicy: v1alpha1.DeletionDeleteIfEmpty, EmptySettle: 2 * time.Minute},
	}
}

// input is what Diff would look at now.
func (w *world) input(want topology.State) plan.Input {
	w.aws.lists = w.adoption.Wanted && w.adoption.Allowed
	have := w.aws.observe(want, w.inventory)
	for i := range have.Resources {
		r := &have.Resources[i]
		row, _ := w.inventory.Find(r.Key)
		r.Seen.History = plan.ReadMessages(plan.ReadRow(w.history[r.Key], row), *r, !plan.Fed(r.Key, want, have), w.aws.now)
		w.history[r.Key] = r.Seen.History
	}
	for _, r := range want.Resources {
		if r.Kind == topology.KindQueue {
			w.roles[r.Key] = r.Role
		}
	}
	return plan.Input{
		Self: self, Want: want, Have: have, Applied: w.inventory, Roles: w.roles, Guards: w.guards, Drift: w.drift, Adoption: w.adoption, DeletedAt: w.deletedAt, Now: w.aws.now,
	}
}

// reconcile is one pass. It checks that After says what AWS then shows.
func (w *world) reconcile(want topology.State) plan.Plan {
	w.t.Helper()
	in := w.input(want)
	w.plan = plan.Diff(in)
	before, grown := plan.Before(w.inventory, w.plan)
	if grown != (len(before) > len(w.inventory)) {
		w.t.Errorf("Before says grown %v for %d rows of %d", grown, len(before), len(w.inventory))
	}
	w.result = w.aws.apply(w.plan)
	for _, o := range w.result.Outcomes {
		if o.Fault != nil && !w.faults {
			w.t.Fatalf("AWS refused: %v\n%s", o.Fault, describe(w.plan))
		}
	}
	after := plan.After(in.Have, w.result)
	if len(w.aws.shown) == 0 && !w.faults {
		w.checkAfter(after)
	}
	w.inventory = plan.Record(w.inventory, want, after, w.plan, w.result)
	for key, h := range w.history {
		h = plan.ReadDifferences(h, key, w.plan, w.result, w.aws.now)
		h = plan.ReadWrites(h, key, w.result)
		w.history[key] = plan.ReadAdoption(h, key, w.plan, w.aws.now)
	}
	w.checkDelivery()
	return w.plan
}

// checkAfter compares what After tells of mutated resources with a fresh look.
func (w *world) checkAfter(after topology.State) {
	w.t.Helper()
	for _, o := range w.result.Outcomes {
		got, _ := after.Find(o.Step.Resource.Key)
		if o.Step.Action == plan.Delete {
			if got.Seen.Existence != topology.Absent || w.exists(got.Key) {
				w.t.Errorf("After a delete %s is %q", got.Key, got.Seen.Existence)
			}
			continue
		}
		look := o.Step.Resource
		look.ARN = got.ARN
		fresh := w.aws.look(look)
		if got.Seen.Existence != fresh.Seen.Existence {
			w.t.Errorf("After says that %s is %s, AWS %s", got.Key, got.Seen.Existence, fresh.Seen.Existence)
		}
		for field := range o.Step.Fields {
			// A field that needs another one is shown with it only.
			if a, _ := topology.FindAttribute(got.Kind, field); a.Needs == "" && got.Managed[field] != fresh.Managed[field] {
				w.t.Errorf("After says that %s of %s is %q, AWS shows %q", field, got.Key, got.Managed[field], fresh.Managed[field])
			}
		}
		if diff := cmp.Diff(fresh.Policy.JSON(), got.Policy.JSON()); diff != "" {
			w.t.Errorf("After has another policy of %s than AWS:\n%s", got.Key, diff)
		}
	}
}

// checkDelivery holds that no subscription that Skein made stands while its queue does not admit its topic.
func (w *world) checkDelivery() {
	w.t.Helper()
	for key, r := range w.aws.remotes {
		topic, queue, _ := strings.Cut(key, " ")
		if r.kind == topology.KindSubscription && w.aws.remotes[queue] != nil && !w.faults && !w.byHand && !w.aws.admits(queue, topic) {
			w.t.Errorf("%s is subscribed and not admitted by %s:\n%s", topic, queue, describe(w.plan))
		}
	}
}

func (w *world) pass(d time.Duration) { w.aws.now = w.aws.now.Add(d) }

// settle reconciles as a controller would until nothing is left to do or to wait for, and gives all steps that were carried out.
func (w *world) settle(want topology.State) []plan.Step {
	w.t.Helper()
	var steps []plan.Step
	for range 80 {
		p := w.reconcile(want)
		steps = append(steps, p.Mutations()...)
		until := time.Time{}
		for _, s := range p.Steps {
			if (s.Action == plan.Wait || s.Action == plan.Adopt) && !s.Until.IsZero() && (until.IsZero() || s.Until.Before(until)) {
				until = s.Until
			}
		}
		if len(p.Mutations()) == 0 && until.IsZero() {
			return steps
		}
		w.aws.now = w.aws.now.Add(time.Second)
		if until.After(w.aws.now) && len(p.Mutations()) == 0 {
			w.aws.now = until
		}
	}
	w.t.Fatalf("not settled:\n%s", describe(w.plan))
	return nil
}

// quiet wants no mutation from another look.
func (w *world) quiet(want topology.State) {
	w.t.Helper()
	if p := w.reconcile(want); len(p.Mutations()) != 0 {
		w.t.Errorf("a second look still changes something:\n%s", describe(p))
	}
}

// shows gives one field as AWS shows it.
func (w *world) shows(r topology.Resource, field string) string {
	w.t.Helper()
	look := r
	if remote := w.aws.remotes[r.Key]; remote != nil {
		look.ARN = remote.arn
	}
	seen := w.aws.look(look)
	if seen.Seen.Existence != topology.Present {
		w.t.Fatalf("%s does not exist", r.Key)
	}
	return seen.Managed[field]
}

func (w *world) exists(key string) bool { return w.aws.remotes[key] != nil }

// find gives the first step of an action for a key.
func find(p plan.Plan, a plan.Action, key string) (plan.Step, bool) {
	i := slices.IndexFunc(p.Steps, func(s plan.Step) bool { return s.Action == a && s.Resource.Key == key })
	if i < 0 {
		return plan.Step{}, false
	}
	return p.Steps[i], true
}

// expect wants a step with an action and a reason, and gives it.
func (w *world) expect(a plan.Action, key, reason string) plan.Step {
	w.t.Helper()
	s, ok := find(w.plan, a, key)
	if !ok || s.Reason != reason {
		w.t.Fatalf("no %s with %q of %s in:\n%s", a, reason, key, describe(w.plan))
	}
	return s
}

func describe(p plan.Plan) string {
	var b strings.Builder
	for _, s := range p.Steps {
		b.WriteString(strings.Join([]string{string(s.Action), s.Resource.Key, s.Reason, s.Message}, " ") + "\n")
		for _, c := range s.Changes {
			b.WriteString("  " + c.Field + ": " + c.From + " -> " + c.To + " (" + string(c.Cause) + ")\n")
		}
	}
	return b.String()
}

// A small set of resources to want.

func arnOf(service, name string) string {
	return "arn:aws:" + service + ":us-east-1:" + accountID + ":" + name
}

const group = "ConsumerQueue ns/me"

// queue is a desired queue with ownership tags, and fields in pairs.
func queue(role topology.Role, name string, fields ...string) topology.Resource {
	key := arnOf("sqs", name)
	r := topology.Resource{
		Kind: topology.KindQueue, Role: role, Key: key, ARN: key, Name: name, Region: "us-east-1", Group: group, Owner: self,
		Managed: map[string]string{},
	}
	return with(tagged(r), fields...)
}

func topic(name string, fields ...string) topology.Resource {
	key := arnOf("sns", name)
	r := topology.Resource{
		Kind: topology.KindTopic, Key: key, ARN: key, Name: name, Region: "us-east-1", Group: "topic " + name, Owner: self,
		Managed: map[string]string{},
	}
	return with(tagged(r), fields...)
}

func subscription(topicName, queueName string, fields ...string) topology.Resource {
	t, q := arnOf("sns", topicName), arnOf("sqs", queueName)
	return with(topology.Resource{
		Kind: topology.KindSubscription, Key: topology.SubscriptionKey(t, q), Name: topicName, Region: "us-east-1", TopicARN: t, Endpoint: q,
		Group: group, Owner: self, Managed: map[string]string{"RawMessageDelivery": "true"},
	}, fields...)
}

func tagged(r topology.Resource) topology.Resource {
	for k, v := range r.Owner.Tags() {
		r.Managed[topology.TagField(k)] = v
	}
	return r
}

func with(r topology.Resource, fields ...string) topology.Resource {
	r.Managed = maps.Clone(r.Managed)
	for i := 0; i+1 < len(fields); i += 2 {
		r.Managed[fields[i]] = fields[i+1]
	}
	return r
}

func without(r topology.Resource, fields ...string) topology.Resource {
	r.Managed = maps.Clone(r.Managed)
	for _, f := range fields {
		delete(r.Managed, f)
	}
	return r
}

// saying puts own statements on a resource.
func saying(r topology.Resource, statements ...policydoc.Statement) topology.Resource {
	r = with(r)
	r.Policy = policydoc.Document{Version: policydoc.Version, Statements: statements}
	for _, s := range statements {
		r.Managed[topology.PolicyField(s.Sid)] = s.Canonical()
	}
	return r
}

// admitting lets topics send to a queue; leaving ones until their subscriptions are gone.
func admitting(r topology.Resource, leaving []string, topics ...string) topology.Resource {
	statements := append(grants(r.Key, topics), policydoc.TLSOnly(r.Key))
	if len(leaving) > 0 {
		r.Interim = policydoc.BySid(grants(r.Key, slices.Concat(topics, leaving)))
	}
	return saying(r, statements...)
}

func grants(queue string, topics []string) []policydoc.Statement {
	var out []policydoc.TopicGrant
	for _, t := range topics {
		out = append(out, policydoc.TopicGrant{TopicARN: arnOf("sns", t), Principal: "sns.amazonaws.com"})
	}
	return policydoc.Topics(queue, out)
}

func state(resources ...topology.Resource) topology.State {
	s := topology.State{Resources: resources, References: map[string]topology.Reference{}}
	for _, r := range resources {
		if r.Kind == topology.KindSubscription {
			s.References[r.TopicARN] = topology.Reference{}
		}
	}
	s.Sort()
	return s
}

// foreignTopic puts someone else's topic into AWS.
func (w *world) foreignTopic(names ...string) {
	for _, name := range names {
		key := arnOf("sns", name)
		w.aws.remotes[key] = &remote{kind: topology.KindTopic, arn: key, attributes: map[string]string{"DisplayName": ""}, tags: map[string]string{}}
	}
}

func policyText(statements ...policydoc.Statement) string {
	return policydoc.Document{Version: policydoc.Version, Statements: statements}.JSON()
}
