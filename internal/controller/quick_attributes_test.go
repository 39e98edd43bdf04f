package controller

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// Every attribute of every kind: set, changed and taken out of the spec, and changed by hand. What has no case fails.

// attributeSpecs are the objects of the cases: a topology with a standard and a FIFO topic, and a consumer of each.
type attributeSpecs struct {
	account           v1alpha1.AWSAccountSpec
	orders            v1alpha1.MessagingTopologySpec
	inventory, ledger v1alpha1.ConsumerQueueSpec
	// morgue and third are there only where a case makes them.
	morgue, third *v1alpha1.ConsumerQueueSpec
}

// event and pay are the topics; first is the subscription of inventory.
func (s *attributeSpecs) event() *v1alpha1.Topic        { return &s.orders.Topics[0] }
func (s *attributeSpecs) pay() *v1alpha1.Topic          { return &s.orders.Topics[1] }
func (s *attributeSpecs) first() *v1alpha1.Subscription { return &s.inventory.Subscriptions[0] }

// newAttributeSpecs are the specs that stand in every case.
func newAttributeSpecs(account v1alpha1.AWSAccountSpec) *attributeSpecs {
	s := &attributeSpecs{account: account}
	s.orders.Topics = []v1alpha1.Topic{{Name: "events"}, {Name: "pay", FIFO: &v1alpha1.TopicFIFO{}}}
	s.inventory.Subscriptions = []v1alpha1.Subscription{ordersTopic("events")}
	s.ledger.FIFO, s.ledger.Subscriptions = &v1alpha1.QueueFIFO{}, []v1alpha1.Subscription{ordersTopic("pay")}
	return s
}

func ordersTopic(topic string) v1alpha1.Subscription {
	return v1alpha1.Subscription{Topology: &v1alpha1.TopologyReference{Name: "orders"}, Topic: topic}
}

type specEdit func(*attributeSpecs)

// attributeCase is one field of one resource.
type attributeCase struct {
	// resource is as in an inventory, a subscription's with the queue's name; field is the attribute, Policy[SID] or Tags[KEY].
	resource, field string
	// leaves are the spec fields that say it, by their path in JSON.
	leaves string
	// base is what stands in the specs meanwhile; set and change are put into them one after the other and taken out again. Without set
	// the field is always the same.
	base, set, change specEdit
	// absent is what AWS shows without set; first and second, what it shows with set and with change. Empty: nothing.
	absent, first, second string
	// drift is what somebody puts there; empty: takes away.
	drift string
	// unmanaged says why Skein leaves the field alone; somebody's drift stays then.
	unmanaged string
	// refused is what the apiserver says to a change of the spec where nobody can change the field in AWS.
	refused string
	// cleared is what AWS shows once the field has been set and taken out again, where that is not absent.
	cleared string
	// disowned: with the change by hand the resource is Skein's no more; it is left alone until somebody puts the tag back.
	disowned bool
}

func (c attributeCase) name() string {
	return strings.ReplaceAll(c.resource+" "+c.field+" by "+c.leaves, "/", " ")
}

var hashedSid = regexp.MustCompile(`[0-9a-f]{12}$`)

// attributeRow is what a case covers: the kind, for queues with the role, and the field without what varies in it.
func attributeRow(resource, field string) string {
	kind, name, _ := strings.Cut(resource, "/")
	switch stem := strings.TrimSuffix(name, ".fifo"); {
	case kind != "queue":
	case strings.HasSuffix(stem, "-dlq"):
		kind += " " + string(topology.RoleDeadLetter)
	case strings.HasSuffix(stem, "-undelivered"):
		kind += " " + string(topology.RoleUndelivered)
	default:
		kind += " " + string(topology.RoleMain)
	}
	group, member := topology.CutField(field)
	switch {
	case group == "Tags" && !strings.HasPrefix(member, "skein.dev/"):
		field = "Tags[…]"
	case group == "Tags":
		field = "Tags[skein.dev/…]"
	case group == "Policy":
		field = topology.PolicyField(hashedSid.ReplaceAllString(member, ""))
	}
	return kind + " " + field
}

// attributeWorld is a world with the objects of the cases.
type attributeWorld struct {
	*quickWorld
	account v1alpha1.AWSAccountSpec
	// fifo: the case is of the FIFO consumer, the other one is not made; or the other way round.
	fifo bool
	// seen are the rows of all fields that were ever in an inventory.
	seen map[string]bool
}

func (w *attributeWorld) apply(edits ...specEdit) {
	w.t.Helper()
	specs := newAttributeSpecs(w.account)
	for _, edit := range edits {
		if edit != nil {
			edit(specs)
		}
	}
	account := &v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.DefaultAccountName}}
	w.put(account, func() { account.Spec = specs.account })
	orders := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "orders"}}
	w.put(orders, func() { orders.Spec = specs.orders })
	for _, one := range []struct {
		name string
		spec *v1alpha1.ConsumerQueueSpec
	}{{"inventory", &specs.inventory}, {"ledger", &specs.ledger}, {"morgue", specs.morgue}, {"third", specs.third}} {
		cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: one.name}}
		switch {
		case one.spec == nil:
			_ = w.Delete(w.ctx, cq) // if a case made it
		case w.fifo == (one.name == "ledger"):
			w.put(cq, func() { cq.Spec = *one.spec })
		}
	}
	w.quiet()
	w.everyoneReady()
	for _, o := range w.objects() {
		for _, row := range rowsOf(o) {
			for field := range row.Fields {
				w.seen[attributeRow(row.Resource, field)] = true
			}
		}
	}
}

// put writes an object's spec, or makes the object.
func (w *quickWorld) put(o client.Object, set func()) {
	w.t.Helper()
	if w.Get(w.ctx, client.ObjectKeyFromObject(o), o) != nil {
		set()
		w.create(o)
		return
	}
	set()
	if err := w.Update(w.ctx, o); err != nil {
		w.t.Fatalf("writing %s: %v", memoryKey(o), err)
	}
}

// shows checks what AWS shows of a case's field.
func (w *attributeWorld) shows(when string, c attributeCase, want string) {
	w.t.Helper()
	fields := w.hands().fields(c.resource)
	if fields == nil {
		w.t.Errorf("%s: %s does not exist", when, c.resource)
	}
	if got := fields[c.field]; !sameValue(got, want) {
		w.t.Errorf("%s: %s of %s is\n%s, want\n%s", when, c.field, c.resource, got, want)
	}
}

// sameValue compares texts, as JSON where they are JSON.
func sameValue(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return a == b
	}
	return reflect.DeepEqual(x, y)
}

func TestEveryAttribute(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range attributeCases() {
		t.Run(c.name(), func(t *testing.T) {
			quick := newQuickWorld(t)
			account := &v1alpha1.AWSAccount{}
			if err := quick.Get(quick.ctx, client.ObjectKey{Name: v1alpha1.DefaultAccountName}, account); err != nil {
				t.Fatal(err)
			}
			w := &attributeWorld{quickWorld: quick, account: account.Spec, fifo: strings.HasSuffix(c.resource, ".fifo"), seen: seen}
			w.plays(c)
		})
	}
	covered := map[string]bool{}
	for _, c := range attributeCases() {
		covered[attributeRow(c.resource, c.field)] = true
	}
	for _, row := range slices.Concat(tableRows(), slices.Sorted(maps.Keys(seen))) {
		if !covered[row] {
			t.Errorf("no case for %s", row)
		}
	}
}

// tableRows are the rows of the attribute tables.
func tableRows() []string {
	var out []string
	for _, a := range topology.QueueAttributes {
		for _, role := range []topology.Role{topology.RoleMain, topology.RoleDeadLetter, topology.RoleUndelivered} {
			out = append(out, fmt.Sprintf("queue %s %s", role, a.Name))
		}
	}
	for _, a := range topology.TopicAttributes {
		out = append(out, "topic "+a.Name)
	}
	for _, a := range topology.SubscriptionAttributes {
		out = append(out, "subscription "+a.Name)
	}
	for _, a := range topology.AlarmAttributes {
		out = append(out, "alarm "+a.Name)
	}
	return out
}

// plays a case through.
func (w *attributeWorld) plays(c attributeCase) {
	w.t.Helper()
	standing := c.absent
	w.apply(c.base)
	w.shows("not set", c, c.absent)
	if c.set != nil {
		w.apply(c.base, c.set)
		w.shows("set", c, c.first)
		w.apply(c.base, c.change)
		w.shows("changed", c, c.second)
		standing = c.second
	}
	switch {
	case c.refused != "":
		if err := w.hands().set(c.resource, c.field, "false"); err == nil {
			w.t.Errorf("somebody could change %s of %s", c.field, c.resource)
		}
	case c.unmanaged != "":
		w.left(c)
	case c.disowned:
		w.left(c)
		if err := w.hands().set(c.resource, c.field, standing); err != nil {
			w.t.Fatalf("putting back %s of %s: %v", c.field, c.resource, err)
		}
		w.quiet()
		w.everyoneReady()
	default:
		w.apply(c.base, c.change, reportDrift)
		w.reported(c, standing)
		w.apply(c.base, c.change)
		w.shows("no longer tolerated", c, standing)
		w.corrected(c, standing)
		w.apply(c.base)
		w.shows("removed", c, cmp.Or(c.cleared, c.absent))
	}
	w.resetWrites()
	w.restart()
	w.turn()
	w.noWrites("after a restart")
}

// byHand changes the field by hand, and lets that have its consequences.
func (w *attributeWorld) byHand(c attributeCase) {
	w.t.Helper()
	w.resetWrites()
	w.events = nil
	if err := w.hands().set(c.resource, c.field, c.drift); err != nil {
		w.t.Fatalf("changing %s of %s by hand: %v", c.field, c.resource, err)
	}
	w.shows("changed by hand", c, c.drift)
	w.quiet()
}

// reportDrift leaves what is changed by hand.
func reportDrift(s *attributeSpecs) {
	s.orders.DriftPolicy, s.inventory.DriftPolicy, s.ledger.DriftPolicy = v1alpha1.DriftReport, v1alpha1.DriftReport, v1alpha1.DriftReport
	for _, other := range []*v1alpha1.ConsumerQueueSpec{s.morgue, s.third} {
		if other != nil {
			other.DriftPolicy = v1alpha1.DriftReport
		}
	}
}

// reported changes the field by hand: it stays so, and the status tells of it.
func (w *attributeWorld) reported(c attributeCase, standing string) {
	w.t.Helper()
	w.left(c)
	var drift []v1alpha1.DriftStatus
	for _, o := range w.objects() {
		switch o := o.(type) {
		case *v1alpha1.MessagingTopology:
			drift = append(drift, o.Status.Drift...)
		case *v1alpha1.ConsumerQueue:
			drift = append(drift, o.Status.Drift...)
		}
	}
	resource := c.resource
	if topic, ok := strings.CutPrefix(resource, "subscription/"); ok {
		topic, _, _ = strings.Cut(topic, "/")
		resource = "subscription/" + quickARN("sns", topic)
	}
	i := slices.IndexFunc(drift, func(d v1alpha1.DriftStatus) bool { return d.Resource == resource && d.Field == c.field })
	if i < 0 {
		w.t.Errorf("status.drift does not have %s of %s: %v", c.field, resource, drift)
		return
	}
	if d := drift[i]; d.State != v1alpha1.DriftReported || (standing == "") != (d.Desired == "") || (c.drift == "") != (d.Observed == "") {
		w.t.Errorf("status.drift has %+v; %q was set, %q is there", d, standing, c.drift)
	}
}

// corrected changes the field by hand: it is set back, and an event tells of it.
func (w *attributeWorld) corrected(c attributeCase, standing string) {
	w.t.Helper()
	if sameValue(c.drift, standing) {
		w.t.Fatalf("drift to %q is none", c.drift)
	}
	w.byHand(c)
	w.shows("set back", c, standing)
	if !slices.ContainsFunc(w.events, func(e string) bool { return strings.Contains(e, "DriftCorrected") && strings.Contains(e, c.field) }) {
		w.t.Errorf("no event tells of the drift of %s: %q", c.field, w.events)
	}
}

// left changes the field by hand: it stays so, and nothing is written to AWS.
func (w *attributeWorld) left(c attributeCase) {
	w.t.Helper()
	w.byHand(c)
	w.shows("left", c, c.drift)
	if n := w.writes(); n > 0 {
		w.t.Errorf("%d calls write to AWS", n)
	}
}
