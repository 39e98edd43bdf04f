package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// alarm is a desired alarm, its fields as Build has them.
func alarm(name string, fields ...string) topology.Resource {
	key := arnOf("cloudwatch", "alarm:"+name)
	r := topology.Resource{
		Kind: topology.KindAlarm, Key: key, ARN: key, Name: name, Region: "us-east-1", Group: group, Owner: self,
		Managed: map[string]string{
			"Namespace": "AWS/SQS", "MetricName": "Visible", "Dimensions": topology.Dimensions(topology.Dimension{Name: "QueueName", Value: "q"}), "Statistic": "Maximum",
			"ExtendedStatistic": "", "Unit": "", "Period": "60", "EvaluationPeriods": "5", "DatapointsToAlarm": "", "Threshold": "0", "ComparisonOperator": "GreaterThanThreshold",
			"TreatMissingData": "notBreaching", "ActionsEnabled": "true", "AlarmActions": "", "AlarmDescription": "d",
		},
	}
	return with(tagged(r), fields...)
}

// shown is a resource as AWS shows it: as wanted, with some fields otherwise.
func shown(want topology.Resource, fields ...string) topology.Resource {
	have := with(want, fields...)
	owner := want.Owner
	have.Owner, have.Group, have.Held = topology.Owner{}, "", ""
	have.Seen = topology.Seen{Existence: topology.Present, Owner: &owner, TagsAt: start}
	return have
}

// recordOf is the inventory of resources that were applied long ago.
func recordOf(resources ...topology.Resource) topology.Inventory {
	var out topology.Inventory
	for _, r := range resources {
		row := topology.Row{Kind: r.Kind, Key: r.Key, ARN: r.ARN, Name: r.Name, State: v1alpha1.ResourcePresent, Fields: map[string]string{}, AppliedAt: start.Add(-time.Hour)}
		for field, value := range r.Managed {
			if value != "" {
				row.Fields[field] = topology.Hash(value)
			}
		}
		out = append(out, row)
	}
	return out
}

// A change of an alarm is one call with what changes; what others have changed and is left is no part of it.
func TestChangeOfAnAlarm(t *testing.T) {
	applied := alarm("a")
	type set = map[string]string
	for name, tt := range map[string]struct {
		want, have topology.Resource
		drift      plan.DriftRules
		set        set
	}{
		"nothing":                          {want: applied, have: shown(applied)},
		"a field":                          {want: alarm("a", "Period", "300"), have: shown(applied), set: set{"Period": "300"}},
		"a tag only":                       {want: alarm("a", "Tags[team]", "x"), have: shown(applied)},
		"what is theirs":                   {want: alarm("a", "Period", "300"), have: shown(applied, "OKActions", `["x"]`), set: set{"Period": "300"}},
		"drift that is left, and a change": {want: alarm("a", "Period", "300"), have: shown(applied, "Threshold", "9"), drift: plan.DriftRules{Report: true}, set: set{"Period": "300"}},
		"drift that is left, no change":    {want: applied, have: shown(applied, "Threshold", "9"), drift: plan.DriftRules{Report: true}},
		"a field that leaves":              {want: alarm("a", "AlarmDescription", ""), have: shown(applied), set: set{"AlarmDescription": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			have := tt.have
			have.Seen.History.Different = map[string]time.Time{}
			for field := range have.Managed {
				have.Seen.History.Different[field] = start.Add(-time.Minute)
			}
			p := plan.Diff(plan.Input{Self: self, Want: state(tt.want), Have: state(have), Applied: recordOf(applied), Drift: tt.drift, Now: start})
			var sent map[string]string
			for _, s := range p.Mutations() {
				for _, set := range s.Set {
					if sent != nil {
						t.Errorf("more than one call: %v", s.Set)
					}
					sent = set
				}
			}
			if diff := cmp.Diff(tt.set, sent); diff != "" {
				t.Errorf("sent (-want +got):\n%s\n%s", diff, describe(p))
			}
		})
	}
}

// Alarms are made last and go first.
func TestAlarmsAreMadeLastAndGoFirst(t *testing.T) {
	q, s, a := queue(topology.RoleMain, "q"), subscription("t", "q"), alarm("a")
	absent := func(r topology.Resource) topology.Resource {
		r.Seen.Existence = topology.Absent
		return r
	}
	have := state(absent(q), absent(s), absent(a))
	have.References[s.TopicARN] = topology.Reference{Existence: topology.Present}
	kinds := func(p plan.Plan) (out []topology.Kind) {
		for _, step := range p.Mutations() {
			out = append(out, step.Resource.Kind)
		}
		return out
	}
	made := plan.Diff(plan.Input{Self: self, Want: state(q, s, a), Have: have, Now: start})
	if diff := cmp.Diff([]topology.Kind{topology.KindQueue, topology.KindSubscription, topology.KindAlarm}, kinds(made)); diff != "" {
		t.Errorf("made: %s", diff)
	}
	gone := plan.Diff(plan.Input{
		Self: self, Have: state(shown(q), shown(s), shown(a)), Applied: recordOf(q, s, a), DeletedAt: start, Now: start, Guards: plan.Guards{DeletionPolicy: v1alpha1.DeletionDelete},
	})
	if diff := cmp.Diff([]topology.Kind{topology.KindAlarm, topology.KindSubscription, topology.KindQueue}, kinds(gone)); diff != "" {
		t.Errorf("gone: %s\n%s", diff, describe(gone))
	}
}

// What is unknown of an alarm holds up that alarm; one that is somebody else's holds up its group.
func TestAlarmsAndTheirGroup(t *testing.T) {
	q, a := queue(topology.RoleMain, "q"), alarm("a")
	theirs := topology.Owner{Cluster: "c1", Kind: "ConsumerQueue", Namespace: "ns", Name: "other"}
	for name, tt := range map[string]struct {
		seen   topology.Seen
		action plan.Action
		reason string
		queue  bool
	}{
		"not permitted to read": {topology.Seen{Denied: map[string]string{"Tags": "cloudwatch:DescribeAlarms"}}, plan.Wait, v1alpha1.ReasonAccessDenied, true},
		"CloudWatch fails":      {topology.Seen{Fault: &fault.Error{Reason: v1alpha1.ReasonThrottled, Operation: "cloudwatch:DescribeAlarms", Code: "Throttling"}}, plan.Wait, v1alpha1.ReasonThrottled, true},
		"tags not permitted":    {topology.Seen{Existence: topology.Present, Denied: map[string]string{"Tags": "cloudwatch:ListTagsForResource"}}, plan.Wait, v1alpha1.ReasonAccessDenied, true},
		"no CloudWatch":         {topology.Seen{Existence: topology.Absent, Lacking: []string{topology.LackingKind}}, "", "", true},
		"nobody's":              {topology.Seen{Existence: topology.Present, Owner: &topology.Owner{}}, plan.Blocked, v1alpha1.ReasonNotOwned, false},
		"another object's":      {topology.Seen{Existence: topology.Present, Owner: &theirs}, plan.Blocked, v1alpha1.ReasonNotOwned, false},
	} {
		t.Run(name, func(t *testing.T) {
			have, absent := shown(a), q
			have.Seen, absent.Seen.Existence = tt.seen, topology.Absent
			p := plan.Diff(plan.Input{Self: self, Want: state(q, a), Have: state(absent, have), Now: start})
			if _, creates := find(p, plan.Create, q.Key); creates != tt.queue {
				t.Errorf("the queue is made: %v\n%s", creates, describe(p))
			}
			for _, s := range p.Steps {
				if s.Resource.Key == a.Key && (s.Action != tt.action || s.Reason != tt.reason) {
					t.Errorf("%s %s", s.Action, s.Reason)
				}
			}
			if _, found := find(p, tt.action, a.Key); tt.action != "" && !found {
				t.Errorf("no %s:\n%s", tt.action, describe(p))
			}
		})
	}
}

// An alarm that left the spec goes at once, if it is still this object's.
func TestAlarmsThatLeave(t *testing.T) {
	a := alarm("a")
	theirs := topology.Owner{Cluster: "c1", Kind: "ConsumerQueue", Namespace: "ns", Name: "other"}
	seen := func(change func(*topology.Seen)) topology.Resource {
		have := shown(a)
		change(&have.Seen)
		return have
	}
	for name, tt := range map[string]struct {
		have   topology.Resource
		policy v1alpha1.DeletionPolicy
		action plan.Action
	}{
		"deleted":                {shown(a), v1alpha1.DeletionDeleteIfEmpty, plan.Delete},
		"retained":               {shown(a), v1alpha1.DeletionRetain, plan.Release},
		"gone already":           {seen(func(s *topology.Seen) { s.Existence, s.Owner = topology.Absent, nil }), v1alpha1.DeletionDeleteIfEmpty, plan.Delete},
		"somebody else's by now": {seen(func(s *topology.Seen) { s.Owner = &theirs }), v1alpha1.DeletionDeleteIfEmpty, plan.Release},
		"not permitted to read": {seen(func(s *topology.Seen) {
			*s = topology.Seen{Denied: map[string]string{"Tags": "cloudwatch:DescribeAlarms"}}
		}), v1alpha1.DeletionDeleteIfEmpty, plan.Wait},
		"CloudWatch fails": {seen(func(s *topology.Seen) { *s = topology.Seen{Fault: &fault.Error{Reason: v1alpha1.ReasonThrottled}} }), v1alpha1.DeletionDeleteIfEmpty, plan.Wait},
		"no CloudWatch": {seen(func(s *topology.Seen) {
			*s = topology.Seen{Existence: topology.Absent, Lacking: []string{topology.LackingKind}}
		}), v1alpha1.DeletionDeleteIfEmpty, plan.Release},
	} {
		for _, deletedAt := range []time.Time{{}, start} {
			t.Run(name, func(t *testing.T) {
				p := plan.Diff(plan.Input{Self: self, Have: state(tt.have), Applied: recordOf(a), DeletedAt: deletedAt, Now: start, Guards: plan.Guards{DeletionPolicy: tt.policy}})
				if len(p.Steps) != 1 || p.Steps[0].Action != tt.action {
					t.Errorf("want %s:\n%s", tt.action, describe(p))
				}
			})
		}
	}
}
