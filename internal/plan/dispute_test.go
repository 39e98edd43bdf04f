package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

const shop, worker = "arn:aws:iam::210987654321:role/shop", "arn:aws:iam::210987654321:role/worker"

// receiving lets roles receive from a queue, beside its TLS-only statement.
func receiving(r topology.Resource, roles ...string) topology.Resource {
	var callers []policydoc.Caller
	for _, role := range roles {
		callers = append(callers, policydoc.Caller{AWSPrincipal: role})
	}
	return saying(r, append(policydoc.Receivers(r.Key, callers), policydoc.TLSOnly(r.Key))...)
}

// A step that brings principals that AWS may refuse has the policy without them at hand, unless nothing would change with it.
func TestP58PolicyWithoutDisputedPrincipals(t *testing.T) {
	bare := queue(topology.RoleMain, "q")
	for name, c := range map[string]struct {
		before, after topology.Resource
		byHand        func(policy string) string
		disputed      []string
		rest          []string // what it says; none: there is none
		not           string
	}{
		"a new role beside one that AWS knows": {receiving(bare, shop), receiving(bare, shop, worker), nil, []string{"Policy[SkeinReceivers]"}, nil, ""},
		"and another statement with it": {
			saying(bare, policydoc.Receivers(bare.Key, []policydoc.Caller{{AWSPrincipal: shop}})...), receiving(bare, shop, worker), nil,
			[]string{"Policy[SkeinReceivers]"},
			[]string{"SkeinTLSOnly", shop},
			worker,
		},
		"a role that was deleted": {receiving(bare, shop, worker), receiving(bare, shop, worker), func(p string) string {
			return strings.Replace(p, worker, "AROAEXAMPLEEXAMPLE123", 1)
		}, []string{"Policy[SkeinReceivers]"}, []string{"SkeinTLSOnly", shop}, "AROA"},
		"roles that leave":         {receiving(bare, shop, worker), receiving(bare), nil, nil, nil, ""},
		"nobody in particular":     {bare, receiving(bare), nil, nil, nil, ""},
		"a role for a queue's own": {bare, receiving(bare, worker), nil, []string{"Policy[SkeinReceivers]"}, []string{"SkeinTLSOnly"}, worker},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.settle(state(c.before))
			w.pass(time.Hour)
			if c.byHand != nil {
				attributes := w.aws.remotes[bare.Key].attributes
				attributes["Policy"] = c.byHand(attributes["Policy"])
				w.reconcile(state(c.after))
				w.pass(time.Minute)
			}
			p := plan.Diff(w.input(state(c.after)))
			if len(p.Mutations()) != 1 {
				t.Fatalf("want one step:\n%s", describe(p))
			}
			s := p.Mutations()[0]
			if diff := cmp.Diff(c.disputed, s.Disputed); diff != "" {
				t.Errorf("disputed (-want +got):\n%s", diff)
			}
			if (s.Rest == "") != (c.rest == nil) || c.not != "" && strings.Contains(s.Rest, c.not) {
				t.Errorf("the rest is %s", s.Rest)
			}
			for _, part := range c.rest {
				if !strings.Contains(s.Rest, part) {
					t.Errorf("the rest lacks %s: %s", part, s.Rest)
				}
			}
		})
	}
}

// A refusal of principals leaves the record and the time of the last change as they were, and the difference standing.
func TestP58RefusalIsOnNoRecord(t *testing.T) {
	w := newWorld(t)
	r := receiving(queue(topology.RoleMain, "q"), worker)
	w.settle(state(r))
	w.pass(time.Hour)
	attributes := w.aws.remotes[r.Key].attributes
	attributes["Policy"] = strings.Replace(attributes["Policy"], worker, "AROAEXAMPLEEXAMPLE123", 1)
	w.reconcile(state(r))
	w.pass(time.Minute)
	in := w.input(state(r))
	p := plan.Diff(in)
	refused := plan.Result{At: w.aws.now, Outcomes: []plan.Outcome{{Step: p.Mutations()[0], Done: true, Refused: &fault.Error{Class: fault.Retry}}}}
	after := plan.After(in.Have, refused)
	if diff := cmp.Diff(w.inventory, plan.Record(w.inventory, state(r), after, p, refused)); diff != "" {
		t.Errorf("the inventory has changed:\n%s", diff)
	}
	if p.Differences[0].Corrected(refused) || !p.Differences[0].Standing() {
		t.Errorf("the difference is taken for corrected")
	}
	if h := plan.ReadDifferences(w.history[r.Key], r.Key, p, refused, w.aws.now); h.Different["Policy[SkeinReceivers]"].IsZero() {
		t.Errorf("the readings start anew")
	}
}
