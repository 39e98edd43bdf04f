package controller

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/topology"
)

// quickHistory is what befalls a world, one random step after another.
type quickHistory struct {
	*quickWorld
	rt *rapid.T
	// foreign are fields of others, by resource; the empty field stands for all fields of a resource of theirs.
	foreign map[string]map[string]string
	// planted is the number of calls that had been made when a foreign field was put there.
	planted map[string]int
	// released are the resources that Skein let go by a deletionPolicy Retain: what they hold beside the managed fields is nobody's business any more.
	released map[string]bool
}

func newQuickHistory(t *rapid.T) *quickHistory {
	h := &quickHistory{quickWorld: newQuickWorld(t), rt: t, foreign: map[string]map[string]string{}, planted: map[string]int{}, released: map[string]bool{}}
	h.wrote = func(before, after client.Object) {
		h.noteReleased(before, after)
		h.wake(before, after)
	}
	hands := h.hands()
	for _, err := range []error{
		hands.createQueue("theirs", map[string]string{"VisibilityTimeout": "77", "Policy": theirPolicy}, map[string]string{"theirs": "1"}),
		hands.createTopic("theirs"), hands.subscribe("theirs", "theirs"),
	} {
		if err != nil {
			t.Fatalf("making what is not Skein's: %v", err)
		}
	}
	return h
}

const (
	theirStatement = `{"Action":"sqs:SendMessage","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/theirs"},"Resource":"*","Sid":"Theirs"}`
	theirPolicy    = `{"Version":"2012-10-17","Statement":[` + theirStatement + `]}`
)

// noteReleased remembers what leaves an inventory under Retain.
func (h *quickHistory) noteReleased(before, after client.Object) {
	if before == nil || !retains(before) {
		return
	}
	var left []v1alpha1.ResourceStatus
	if after != nil {
		left = rowsOf(after)
	}
	for _, row := range rowsOf(before) {
		if !slices.ContainsFunc(left, func(r v1alpha1.ResourceStatus) bool { return r.Resource == row.Resource }) {
			h.released[quickResource(before, row)] = true
		}
	}
}

func retains(o client.Object) bool {
	switch o := o.(type) {
	case *v1alpha1.ConsumerQueue:
		return o.Spec.DeletionPolicy == v1alpha1.DeletionRetain
	case *v1alpha1.MessagingTopology:
		return o.Spec.DeletionPolicy == v1alpha1.DeletionRetain
	default:
		return false
	}
}

// quickResource is what a row of an inventory is called here.
func quickResource(o client.Object, row v1alpha1.ResourceStatus) string {
	topic, ok := strings.CutPrefix(row.Resource, "subscription/")
	if !ok {
		return row.Resource
	}
	return "subscription/" + nameOfARN(topic) + "/" + nameOfARN(o.(*v1alpha1.ConsumerQueue).Status.QueueARN)
}

// steps of a history, by how likely they are.
var quickSteps = []struct {
	name   string
	weight int
	run    func(*quickHistory)
}{
	{"edit a consumer", 8, (*quickHistory).editConsumer},
	{"edit a topology", 6, (*quickHistory).editTopology},
	{"delete an object", 2, (*quickHistory).deleteObject},
	{"change AWS by hand", 4, (*quickHistory).drift},
	{"delete in AWS by hand", 2, (*quickHistory).vandalise},
	{"put something foreign there", 2, (*quickHistory).plant},
	{"suspend, report, or neither", 3, (*quickHistory).manage},
	{"edit the account", 1, (*quickHistory).editAccount},
	{"restart", 1, (*quickHistory).restarted},
	{"a call fails", 3, (*quickHistory).callFails},
	{"Kubernetes fails", 1, func(h *quickHistory) { h.failAt = 1 + index(h.rt, "write", 6) }},
	{"work", 4, func(h *quickHistory) { h.turn() }},
	{"time passes", 4, func(h *quickHistory) {
		h.pass(pick(h.rt, "time", 10*time.Second, 61*time.Second, 3*time.Minute, 12*time.Minute, 40*time.Minute))
	}},
}

// step draws one step and does it.
func (h *quickHistory) step() {
	var names []string
	for _, s := range quickSteps {
		names = append(names, slices.Repeat([]string{s.name}, s.weight)...)
	}
	name := pick(h.rt, "step", names...)
	for _, s := range quickSteps {
		if s.name == name {
			h.t.Logf("%s: %s", h.clock.Now().Format(time.TimeOnly), name)
			s.run(h)
		}
	}
}

// begin makes most of the objects.
func (h *quickHistory) begin() {
	for _, name := range topologyNames {
		if index(h.rt, name, 4) > 0 {
			h.topology(name)
		}
	}
	for _, name := range consumerNames {
		if index(h.rt, name, 4) > 0 {
			h.consumer(name)
		}
	}
	h.perhapsWork()
}

func (h *quickHistory) editConsumer() { h.consumer(pick(h.rt, "consumer", consumerNames...)) }

func (h *quickHistory) editTopology() { h.topology(pick(h.rt, "topology", topologyNames...)) }

// consumer edits a ConsumerQueue, or makes it.
func (h *quickHistory) consumer(name string) {
	o := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: name}}
	h.edit(o, func(exists bool) {
		if !exists {
			o.Spec = newConsumerSpec(name)
		}
		editConsumer(h.rt, name, &o.Spec)
	})
	h.perhapsWork()
}

// topology edits a MessagingTopology, or makes it.
func (h *quickHistory) topology(name string) {
	o := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: name}}
	h.edit(o, func(exists bool) {
		if !exists {
			o.Spec.Topics = []v1alpha1.Topic{newTopic("a"), newTopic(fifoTopic)}
		}
		for range 1 + index(h.rt, "edits", 3) {
			editTopology(h.rt, &o.Spec)
		}
	})
	h.perhapsWork()
}

// perhapsWork lets the operator catch up, or the next step come before it.
func (h *quickHistory) perhapsWork() {
	if rapid.Bool().Draw(h.rt, "work") {
		h.turn()
	}
}

func (h *quickHistory) editAccount() {
	o := &v1alpha1.AWSAccount{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.DefaultAccountName}}
	h.edit(o, func(bool) { o.Spec.Tags = anyTags(h.rt) })
}

// edit changes an object, or makes it; one that is being deleted is left.
func (h *quickHistory) edit(o client.Object, change func(exists bool)) {
	h.t.Helper()
	failAt := h.failAt
	h.failAt = 0 // the user's writes do not fail
	defer func() { h.failAt = failAt }()
	err := h.Get(h.ctx, client.ObjectKeyFromObject(o), o)
	switch {
	case apierrors.IsNotFound(err):
		change(false)
		err = h.Create(h.ctx, o)
	case err == nil && o.GetDeletionTimestamp() == nil:
		change(true)
		err = h.Update(h.ctx, o)
	}
	if err != nil {
		h.t.Fatalf("writing %s: %v", memoryKey(o), err)
	}
	spec, _ := json.Marshal(specOf(o))
	h.t.Logf("  %s (deleted %v): %s", memoryKey(o), o.GetDeletionTimestamp(), spec)
}

func (h *quickHistory) deleteObject() {
	objects := h.objects()
	if len(objects) == 0 {
		return
	}
	o := objects[index(h.rt, "object", len(objects))]
	h.t.Logf("  %s", memoryKey(o))
	failAt := h.failAt
	h.failAt = 0
	defer func() { h.failAt = failAt }()
	if err := h.Delete(h.ctx, o); err != nil {
		h.t.Fatalf("deleting %s: %v", memoryKey(o), err)
	}
}

// objects are all topologies and consumers, by kind and name.
func (w *quickWorld) objects() []client.Object {
	var topologies v1alpha1.MessagingTopologyList
	var queues v1alpha1.ConsumerQueueList
	_, _ = w.List(w.ctx, &topologies), w.List(w.ctx, &queues)
	var out []client.Object
	for i := range topologies.Items {
		out = append(out, &topologies.Items[i])
	}
	for i := range queues.Items {
		out = append(out, &queues.Items[i])
	}
	return out
}

func (h *quickHistory) restarted() {
	h.failAt = 0
	h.restart()
}

// callFails lets the operation's next call to each resource fail, before or after its effect. The SDK does not try such a code again.
func (h *quickHistory) callFails() {
	operation := pick(h.rt, "operation", "CreateQueue", "SetQueueAttributes", "DeleteQueue", "TagQueue", "UntagQueue", "GetQueueAttributes", "GetQueueUrl", "ListQueueTags",
		"CreateTopic", "SetTopicAttributes", "DeleteTopic", "TagResource", "UntagResource", "GetTopicAttributes", "Subscribe", "Unsubscribe",
		"SetSubscriptionAttributes", "GetSubscriptionAttributes", "ListSubscriptionsByTopic", "GetResources",
		"PutMetricAlarm", "DescribeAlarms", "DeleteAlarms", "ListTagsForResource")
	after := rapid.Bool().Draw(h.rt, "after its effect")
	h.t.Logf("  %s, after its effect: %v", operation, after)
	failed := newOnce()
	h.fault = func(c localaws.Call) localaws.Fault {
		if c.Operation != operation || !failed.first(c.Resource) {
			return localaws.Fault{}
		}
		return localaws.Fault{Code: "Lost", Status: 400, AfterEffect: after}
	}
}

// rows are the resources that the inventories have, and the fields of each.
func (h *quickHistory) rows() (resources []string, fields map[string][]string) {
	fields = map[string][]string{}
	for _, o := range h.objects() {
		for _, row := range rowsOf(o) {
			resource := quickResource(o, row)
			resources = append(resources, resource)
			fields[resource] = slices.Sorted(maps.Keys(row.Fields))
		}
	}
	return resources, fields
}

// drift changes one managed field by hand. Without its ownership tags a resource is not Skein's any more, so those are left.
func (h *quickHistory) drift() {
	resources, fields := h.rows()
	if len(resources) == 0 {
		return
	}
	resource := pick(h.rt, "resource", resources...)
	list := slices.DeleteFunc(fields[resource], func(f string) bool { return strings.HasPrefix(f, "Tags[skein.dev/") || driftsOf(f) == nil })
	if len(list) == 0 {
		return
	}
	field := pick(h.rt, "field", list...)
	value := pick(h.rt, "value", driftsOf(field)...)
	// What AWS refuses does not come to be.
	h.t.Logf("  %s of %s is %q now: %v", field, resource, value, h.hands().set(resource, field, value))
}

// driftsOf are values that somebody may put where Skein's are; empty for none. What cannot be changed has no values.
func driftsOf(field string) []string {
	switch name, member := topology.CutField(field); name {
	case "Tags":
		return []string{"", "by hand"}
	case "Policy":
		return []string{"", `{"Sid":"` + member + `","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/by-hand"},"Action":"sqs:SendMessage","Resource":"*"}`}
	default:
		return driftValues[name]
	}
}

var driftValues = map[string][]string{
	"VisibilityTimeout": {"77"}, "MessageRetentionPeriod": {"61", "1209600"}, "DelaySeconds": {"9"}, "ReceiveMessageWaitTimeSeconds": {"3"},
	"MaximumMessageSize": {"2048"}, "RedrivePolicy": {""}, "RedriveAllowPolicy": {"", `{"redrivePermission":"denyAll"}`},
	"KmsMasterKeyId": {"", "alias/by-hand"}, "KmsDataKeyReusePeriodSeconds": {"61"}, "SqsManagedSseEnabled": {"true", "false"},
	"ContentBasedDeduplication": {"true", "false"}, "DeduplicationScope": {"queue", "messageGroup"}, "FifoThroughputLimit": {"perQueue", "perMessageGroupId"},
	"DisplayName": {"", "by hand"}, "TracingConfig": {"Active", "PassThrough"}, "FifoThroughputScope": {"Topic", "MessageGroup"},
	"Namespace": {"Theirs"}, "MetricName": {"NumberOfMessagesSent"}, "Dimensions": {`[{"Name":"QueueName","Value":"theirs"}]`}, "Statistic": {"Average"},
	"Period": {"120"}, "EvaluationPeriods": {"4"}, "Threshold": {"0.5"}, "ComparisonOperator": {"GreaterThanOrEqualToThreshold"}, "TreatMissingData": {"", "breaching"},
	"ActionsEnabled": {"false"}, "AlarmActions": {"", `["arn:aws:sns:us-east-1:111122223333:theirs"]`}, "AlarmDescription": {"", "by hand"},
	"RawMessageDelivery": {"true", "false"}, "FilterPolicy": {"", `{"by":["hand"]}`}, "FilterPolicyScope": {"MessageAttributes", "MessageBody"},
}

// vandalise deletes a resource by hand.
func (h *quickHistory) vandalise() {
	if resources, _ := h.rows(); len(resources) > 0 {
		resource := pick(h.rt, "resource", resources...)
		h.t.Logf("  %s: %v", resource, h.hands().remove(resource))
	}
}

// plant puts something of others on a resource of Skein's.
func (h *quickHistory) plant() {
	resources, _ := h.rows()
	resources = slices.DeleteFunc(resources, func(r string) bool { return strings.HasPrefix(r, "subscription/") })
	if len(resources) == 0 {
		return
	}
	// What was read before is older than what is put there, as it always is by a clock that runs.
	h.clock.Step(time.Millisecond)
	resource := pick(h.rt, "resource", resources...)
	field, value := "Tags[theirs]", "1"
	var err error
	switch what := pick(h.rt, "what", "tag", "statement", "subscription"); {
	case what == "tag":
		err = h.hands().set(resource, field, value)
	case strings.HasPrefix(resource, "alarm/"):
		field, value = "OKActions", `["`+quickARN("sns", "theirs")+`"]`
		err = h.hands().set(resource, field, value)
	case what == "statement" && strings.HasPrefix(resource, "topic/"):
		field, value = "Policy[Theirs]", strings.NewReplacer("sqs:SendMessage", "sns:Publish", `"*"`, `"`+quickARN("sns", resource[len("topic/"):])+`"`).Replace(theirStatement)
		err = h.hands().set(resource, field, value)
	case what == "statement":
		field, value = "Policy[Theirs]", theirStatement
		err = h.hands().set(resource, field, value)
	case strings.HasPrefix(resource, "topic/") && !strings.HasSuffix(resource, ".fifo"):
		err = h.hands().subscribe(resource[len("topic/"):], "theirs")
		resource, field, value = "subscription/"+resource[len("topic/"):]+"/theirs", "FilterPolicy", `{"theirs":["1"]}`
	default:
		return
	}
	if err != nil {
		return // it may be gone in AWS
	}
	if h.foreign[resource] == nil {
		h.foreign[resource] = map[string]string{}
	}
	h.foreign[resource][field] = value
	h.planted[resource+" "+field] = len(h.aws.Calls())
}
