// Package conformance holds the contract: the rules of AWS on which Skein's
// operator and the messages in its topologies rely, each checked over the wire
// with the plain SDK against localaws, moto and fauxqs. Where an emulator does something else, the list of
// deviations says so; that list must be exactly right.
package conformance

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/skein-dev/skein/internal/testaws"
)

// rule is one rule of AWS that the operator, or a message on its way, relies on.
type rule struct {
	// name is unique and never changes meaning: deviations refer to it.
	name string
	// says is the rule, source where AWS states it or a case recorded from AWS.
	says, source string
	check        func(w *world)
}

var rules = slices.Concat(
	queueAttributeRules, queueEncryptionRules, queueCreateRules, queueFIFORules, queueMissingRules,
	queueTagRules, redriveRules, moveTaskRules,
	messageRules, messageSendRules, messageBatchRules, messageVisibilityRules, messageFIFORules, messageDeadLetterRules, messagePurgeRules,
	publishRules, publishRefusedRules, publishBatchRules, publishFIFORules, publishFilterRules, publishPolicyRules,
	topicRules, topicCreateRules, topicTagRules, topicMissingRules,
	subscribeRules, subscriptionAttributeRules, subscriptionFilterRules, subscriptionFIFORules,
	subscriptionListRules, unsubscribeRules,
	taggingRules, identityRules, sampleRules,
	alarmRules, alarmRefusedRules, alarmTagRules, alarmCallRules,
)

// TestMain lets many checks run at once: most of their time they wait for an answer.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	m.Run()
}

func TestContract(t *testing.T) {
	for _, backend := range backends(t) {
		t.Run(backend.Name, func(t *testing.T) {
			t.Parallel()
			for _, r := range rules {
				t.Run(r.name, func(t *testing.T) {
					t.Parallel()
					failures := observe(t.Context(), r, backend)
					if complaint := judge(r, failures, deviationOf(backend.Name, r.name)); complaint != "" {
						t.Error(complaint)
					}
				})
			}
		})
	}
}

// backends are localaws, moto and fauxqs, each running.
func backends(t *testing.T) []testaws.Backend {
	t.Helper()
	emulators := testaws.Shared(t)
	return []testaws.Backend{testaws.Local(t), emulators.Moto, emulators.Fauxqs}
}

// judge compares what was seen with what the list of deviations promises, and
// returns what is wrong or "".
func judge(r rule, failures []string, d *listed) string {
	seen := strings.Join(failures, "\n")
	switch {
	case d == nil && seen != "":
		return fmt.Sprintf("%s\n(%s)\n%s", r.says, r.source, seen)
	case d != nil && seen == "":
		return fmt.Sprintf("listed as a deviation (%s), but it keeps the rule: remove it from the list", d.instead)
	case d != nil && !strings.Contains(seen, d.seen):
		return fmt.Sprintf("deviates otherwise than listed (%s, seen by %q):\n%s", d.instead, d.seen, seen)
	}
	return ""
}

// observe runs a check and returns the failures that it reported.
func observe(ctx context.Context, r rule, backend testaws.Backend) []string {
	w := newWorld(ctx, backend)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				w.Errorf("panic: %v", p)
			}
		}()
		r.check(w)
	}()
	<-done
	return w.failures
}

// recorder is the testing.T of a check. It keeps the failures, so that a listed
// deviation can be seen to fail without failing the test.
type recorder struct{ failures []string }

func (r *recorder) Helper() {}

// Errorf records a failure and goes on.
func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

// Fatalf records a failure and ends the check.
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}
