package topology

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// shared makes the ConsumerQueue warehouse/letters with this spec.
func shared(t *testing.T, spec string) *v1alpha1.ConsumerQueue {
	t.Helper()
	cq := queue(t, spec)
	cq.Name, cq.UID = "letters", "s1"
	return cq
}

const (
	goodShared = "{deadLetter: {disabled: true}, messageRetention: 336h}"
	useShared  = "{deadLetter: {consumerQueue: {name: letters}, maxReceiveCount: 7}}"
	lettersARN = "arn:aws:sqs:us-east-1:111122223333:warehouse-letters"
)

func TestSharedDeadLetterQueue(t *testing.T) {
	in := inputs(t, useShared)
	in.SharedQueue = &SharedQueueInput{Queue: shared(t, goodShared)}
	out := BuildConsumer(in)
	requireNone(t, out.Refusals)
	if got, want := byRole(t, out.State, RoleMain).Managed["RedrivePolicy"], RedrivePolicy(lettersARN, 7); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, ok := out.State.References[lettersARN]; !ok || len(out.State.Resources) != 1 || out.Names.DeadLetterARN != lettersARN || out.Names.DeadLetterName != "" {
		t.Errorf("%+v: %s", out.Names, render(out.State))
	}
}

func TestP14DeadLetterARNIsResolvedEveryTime(t *testing.T) {
	in := inputs(t, useShared)
	for _, name := range []string{"letters-a", "letters-b"} {
		in.SharedQueue = &SharedQueueInput{Queue: shared(t, "{queueName: "+name+", "+goodShared[1:])}
		if got, want := RedriveTarget(byRole(t, BuildConsumer(in).State, RoleMain).Managed["RedrivePolicy"]), testAccount().QueueARN(name); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	in.Queue = queue(t, "{}")
	if got := RedriveTarget(byRole(t, BuildConsumer(in).State, RoleMain).Managed["RedrivePolicy"]); got != stockARN+"-dlq" {
		t.Errorf("with an own one again: %s", got)
	}
}

func TestSharedQueueThatCannotServe(t *testing.T) {
	itself := shared(t, goodShared)
	itself.Name = "stock"
	tests := map[string]struct {
		spec    string
		shared  *v1alpha1.ConsumerQueue
		reason  string
		message string
		stalled bool
	}{
		"missing":           {useShared, nil, v1alpha1.ReasonSharedQueueNotFound, "warehouse/letters cannot be found", false},
		"itself":            {useShared, itself, v1alpha1.ReasonSharedQueueInvalid, "its own", true},
		"with its own":      {useShared, shared(t, "{messageRetention: 336h}"), v1alpha1.ReasonSharedQueueInvalid, "deadLetter.disabled", true},
		"of another type":   {useShared, shared(t, "{fifo: {}, "+goodShared[1:]), v1alpha1.ReasonSharedQueueInvalid, "FIFO", true},
		"in other account":  {useShared, shared(t, "{accountRef: {name: eu}, "+goodShared[1:]), v1alpha1.ReasonSharedQueueInvalid, "AWSAccount eu", true},
		"forgets too early": {useShared, shared(t, "{deadLetter: {disabled: true}}"), v1alpha1.ReasonSharedQueueInvalid, "345600 s", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := settled(t, "{}")
			before := in.Inventory
			in.Queue = queue(t, tt.spec)
			if tt.shared != nil {
				in.SharedQueue = &SharedQueueInput{Queue: tt.shared}
			}
			out := BuildConsumer(in)
			if len(out.Refusals) != 1 || out.Refusals[0].Reason != tt.reason || out.Refusals[0].Stalled != tt.stalled || !strings.Contains(out.Refusals[0].Message, tt.message) {
				t.Errorf("got %+v", out.Refusals)
			}
			if out.AcceptedReason != tt.reason || out.Refusals[0].Field != "spec.deadLetter.consumerQueue" {
				t.Errorf("accepted %s", out.AcceptedReason)
			}
			allHeld(t, out.State, before)
			in.Inventory = nil
			if out := BuildConsumer(in); len(out.State.Resources) > 0 {
				t.Errorf("a new one is made without its dead-letter queue: %s", render(out.State))
			}
		})
	}
	t.Run("FIFO keeps as it likes", func(t *testing.T) {
		in := inputs(t, "{fifo: {}, "+useShared[1:])
		in.SharedQueue = &SharedQueueInput{Queue: shared(t, "{fifo: {}, deadLetter: {disabled: true}}")}
		requireNone(t, BuildConsumer(in).Refusals)
	})
}

// sources makes n ConsumerQueues that use warehouse/letters.
func sources(t *testing.T, n int) []*v1alpha1.ConsumerQueue {
	t.Helper()
	var out []*v1alpha1.ConsumerQueue
	for i := range n {
		cq := queue(t, useShared)
		cq.Name = fmt.Sprintf("source-%02d", i)
		out = append(out, cq)
	}
	return out
}

func TestSharedQueueListsItsSources(t *testing.T) {
	wrong := queue(t, "{fifo: {}, "+useShared[1:])
	wrong.Name = "other-type"
	tests := map[string]struct {
		by      []*v1alpha1.ConsumerQueue
		listed  int
		managed bool
		noted   bool
	}{
		"none":              {nil, 0, false, false},
		"two":               {sources(t, 2), 2, true, false},
		"ten":               {sources(t, 10), 10, true, false},
		"eleven":            {sources(t, 11), 0, true, true},
		"one of wrong type": {append(sources(t, 1), wrong), 1, true, false},
		"only wrong ones":   {[]*v1alpha1.ConsumerQueue{wrong}, 0, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := inputs(t, goodShared)
			in.Queue = shared(t, goodShared)
			in.SharedBy = slices.Clone(tt.by)
			slices.Reverse(in.SharedBy)
			out := BuildConsumer(in)
			requireNone(t, out.Refusals)
			r := byRole(t, out.State, RoleMain)
			value, managed := r.Managed["RedriveAllowPolicy"]
			allow, err := ParseRedriveAllow(value)
			if err != nil || managed != tt.managed || len(allow.Sources) != tt.listed || !slices.IsSorted(allow.Sources) {
				t.Errorf("%q, managed %t, %v", value, managed, err)
			}
			if r.Shared != (len(tt.by) > 0) || (len(out.Notes) > 0) != tt.noted {
				t.Errorf("shared %t, notes %q", r.Shared, out.Notes)
			}
			for _, source := range tt.by[:tt.listed] {
				if name, _, _ := QueueNames(source); !allow.Admits(testAccount().QueueARN(name)) {
					t.Errorf("%s is not admitted", name)
				}
			}
		})
	}
}

// Both sides follow from the specs, neither from what AWS or the other's status has: both ARNs are known before anything exists.
func TestP39NoCircle(t *testing.T) {
	source := queue(t, useShared)
	in := inputs(t, useShared)
	in.SharedQueue = &SharedQueueInput{Queue: shared(t, goodShared)}
	target := RedriveTarget(byRole(t, BuildConsumer(in).State, RoleMain).Managed["RedrivePolicy"])

	in = inputs(t, goodShared)
	in.Queue, in.SharedBy = shared(t, goodShared), []*v1alpha1.ConsumerQueue{source}
	letters := byRole(t, BuildConsumer(in).State, RoleMain)
	allow, err := ParseRedriveAllow(letters.Managed["RedriveAllowPolicy"])
	if err != nil || target != letters.ARN || !allow.Admits(stockARN) {
		t.Errorf("the source points at %s; %s admits %+v, %v", target, letters.ARN, allow, err)
	}

	own := BuildConsumer(inputs(t, "{}")).State
	main, deadLetter := byRole(t, own, RoleMain), byRole(t, own, RoleDeadLetter)
	want := RedriveAllow{Permission: "byQueue", Sources: []string{main.ARN}}.String()
	if diff := cmp.Diff([]string{deadLetter.ARN, want}, []string{RedriveTarget(main.Managed["RedrivePolicy"]), deadLetter.Managed["RedriveAllowPolicy"]}); diff != "" {
		t.Error(diff)
	}
}
