package cel

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// A rule is one CEL rule, found by its message, at every place where it stands,
// with what it lets through and what it refuses.
type rule struct {
	message    string
	at         []place // where the cases are put
	field      string  // where below that the rule stands; mostly empty
	pass, fail []change
}

// A change is YAML at a place: created, or with from an update of that.
// An update from or to "-" has nothing at the place then. A status in from is written before the change.
type change struct{ from, to string }

func create(to string) change       { return change{to: to} }
func update(from, to string) change { return change{from, to} }

func (c change) String() string {
	if c.from == "" {
		return fmt.Sprintf("%.80s", c.to)
	}
	return fmt.Sprintf("%.80s => %.80s", c.from, c.to)
}

// rules are all rules of the CRDs; TestEveryRuleHasCases holds that.
var rules = [][]rule{accountRules, topologyRules, topicRules, queueNameRules, nameInUseRules, queueRules, durationRules, scheduleRules, subscriptionRules, alarmRules, redriveRules}

func TestRules(t *testing.T) {
	for _, group := range rules {
		for _, r := range group {
			r.test(t)
		}
	}
}

// test shows the rule at each of its places.
func (r rule) test(t *testing.T) {
	namespace := env.Namespace(t)
	for _, at := range r.at {
		for _, c := range r.pass {
			t.Run(at.String()+" accepts "+c.String(), func(t *testing.T) {
				if err := c.submit(t, at, namespace); err != nil {
					t.Errorf("want the rule %q to let it through, got: %v", r.message, err)
				}
			})
		}
		for _, c := range r.fail {
			t.Run(at.String()+" refuses "+c.String(), func(t *testing.T) {
				refusedOnce(t, c.submit(t, at, namespace), at.below(r.field), r.message)
			})
		}
	}
}

// refusedOnce checks that an error is a refusal for one cause, at the place, with the message.
func refusedOnce(t *testing.T, err error, at place, message string) {
	t.Helper()
	var status apierrors.APIStatus
	if !errors.As(err, &status) || !apierrors.IsInvalid(err) {
		t.Fatalf("want a refusal with %q, got: %v", message, err)
	}
	causes := status.Status().Details.Causes
	if len(causes) != 1 {
		t.Fatalf("want one cause, got %d: %v", len(causes), err)
	}
	if got := placeOf(at.kind, causes[0].Field); got != at {
		t.Errorf("refused at %s (%s), want it at %s", got, causes[0].Message, at)
	}
	if !strings.Contains(causes[0].Message, message) {
		t.Errorf("refused with %q, want %q", causes[0].Message, message)
	}
}

// submit sends the change; what it would make is not kept.
func (c change) submit(t *testing.T, at place, namespace string) error {
	t.Helper()
	name := newName()
	if c.from == "" {
		return env.Client.Create(context.Background(), c.version(t, at, namespace, name, c.to), client.DryRunAll)
	}
	before := c.version(t, at, namespace, name, c.from)
	seen, hasStatus := before.Object["status"]
	if err := env.Client.Create(context.Background(), before); err != nil {
		t.Fatalf("creating the object to be changed: %v", err)
	}
	if hasStatus {
		before.Object["status"] = seen
		if err := env.Client.Status().Update(context.Background(), before); err != nil {
			t.Fatalf("writing the status of the object to be changed: %v", err)
		}
	}
	after := c.version(t, at, namespace, before.GetName(), c.to)
	after.SetResourceVersion(before.GetResourceVersion())
	return env.Client.Update(context.Background(), after, client.DryRunAll)
}

// version is the object before or after the change.
func (c change) version(t *testing.T, at place, namespace, name, value string) *unstructured.Unstructured {
	t.Helper()
	if value != "-" {
		return at.object(t, namespace, name, value)
	}
	parent := place{at.kind, at.path[:max(strings.LastIndex(at.path, "."), 0)]}
	return parent.object(t, namespace, name, "{}")
}
