package plan_test

import (
	"testing"
	"time"

	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// same holds that an attribute that AWS gives back in another form is no difference, however long one looks.
func same(t *testing.T, r topology.Resource, attribute, asAWSGivesIt string) {
	t.Helper()
	w := newWorld(t)
	w.foreignTopic("t")
	w.settle(state(r))
	w.aws.remotes[r.Key].attributes[attribute] = asAWSGivesIt
	w.pass(time.Hour)
	if steps := w.settle(state(r)); len(steps) != 0 {
		t.Errorf("%s = %s is taken for a difference:\n%s", attribute, asAWSGivesIt, describe(plan.Plan{Steps: steps}))
	}
}

func TestP01JSONFormIsNoDifference(t *testing.T) {
	main := admitting(queue(topology.RoleMain, "q"), nil, "t")
	same(t, subscription("t", "q", "FilterPolicy", `{"a":["1"],"b":["2"]}`, "FilterPolicyScope", "MessageAttributes"), "FilterPolicy", "{ \"b\": [ \"2\" ],\n \"a\": [\"1\"] }")
	same(t, queue(topology.RoleDeadLetter, "q", "RedriveAllowPolicy", byQueue("a", "b")), "RedriveAllowPolicy",
		`{"sourceQueueArns": ["`+arnOf("sqs", "b")+`","`+arnOf("sqs", "a")+`"], "redrivePermission": "byQueue"}`)
	same(t, main, "Policy", `{ "Statement": [
		{"Resource":["`+main.Key+`"],"Principal":"*","Action":"SQS:*","Effect":"Deny","Sid":"SkeinTLSOnly","Condition":{"Bool":{"AWS:SecureTransport":false}}},
		{"Sid":"SkeinTopics","Effect":"Allow","Principal":{"Service":["sns.amazonaws.com"]},"Action":["sqs:SendMessage"],"Resource":"`+main.Key+`","Condition":{"ArnEquals":{"aws:sourcearn":["`+arnOf("sns", "t")+`"]}}}
	], "Version": "2012-10-17" }`)
}

func TestP02NumbersCompareAsNumbers(t *testing.T) {
	dead := arnOf("sqs", "elsewhere")
	r := queue(topology.RoleDeadLetter, "q", "VisibilityTimeout", "60")
	same(t, r, "VisibilityTimeout", " 060 ")
	w := newWorld(t)
	w.aws.remotes[dead] = &remote{kind: topology.KindQueue, arn: dead, attributes: map[string]string{}}
	main := queue(topology.RoleMain, "main", "RedrivePolicy", topology.RedrivePolicy(dead, 3))
	w.settle(state(main))
	w.aws.remotes[main.Key].attributes["RedrivePolicy"] = `{"maxReceiveCount":"3","deadLetterTargetArn":"` + dead + `"}`
	w.pass(time.Hour)
	if steps := w.settle(state(main)); len(steps) != 0 {
		t.Errorf("maxReceiveCount \"3\" is taken for a difference from 3")
	}
}

func TestP03PolicyAsAWSRewritesIt(t *testing.T) {
	r := saying(queue(topology.RoleMain, "q"), senders(arnOf("sqs", "q"), "210987654321")...)
	same(t, r, "Policy", `{"Version":"2008-10-17","Id":"`+r.Key+`/SQSDefaultPolicy","Statement":{"Sid":"SkeinSenders","Effect":"Allow",
		"Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":["SQS:GetQueueUrl","SQS:GetQueueAttributes","SQS:SendMessage"],"Resource":"`+r.Key+`"}}`)
}

func TestP04DefaultsOfAWS(t *testing.T) {
	w := newWorld(t)
	r, d := queue(topology.RoleMain, "q", "RedriveAllowPolicy", "", "KmsMasterKeyId", "", "SqsManagedSseEnabled", "true"), topic("t", "DisplayName", "", "TracingConfig", "PassThrough")
	w.settle(state(r, d))
	w.aws.remotes[r.Key].attributes["RedriveAllowPolicy"] = `{"redrivePermission":"allowAll"}`
	w.pass(time.Hour)
	if steps := w.settle(state(r, d)); len(steps) != 0 {
		t.Errorf("a default that AWS fills in is taken for a difference:\n%s", describe(plan.Plan{Steps: steps}))
	}
}

func TestP05ReusePeriodWithoutKeyIsIgnored(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "KmsMasterKeyId", "", "KmsDataKeyReusePeriodSeconds", "600")
	w.settle(state(r))
	w.quiet(state(r))
	if s, ok := w.inventory.Find(r.Key); !ok || s.Fields["KmsDataKeyReusePeriodSeconds"] != "" {
		t.Errorf("the inventory says that a reuse period was set without a key")
	}
}

func TestP06NoNullMembers(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "RedriveAllowPolicy", topology.RedriveAllow{Permission: "denyAll"}.String())
	w.settle(state(r))
	if got, want := w.aws.remotes[r.Key].attributes["RedriveAllowPolicy"], `{"redrivePermission":"denyAll"}`; got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
}

func TestP09RemovedRedrivePolicyIsCleared(t *testing.T) {
	w := newWorld(t)
	dead := queue(topology.RoleDeadLetter, "dead")
	main := queue(topology.RoleMain, "q", "RedrivePolicy", topology.RedrivePolicy(dead.Key, 5))
	w.settle(state(main, dead))
	for name, after := range map[string]topology.Resource{"wanted absent": with(main, "RedrivePolicy", ""), "not mentioned": without(main, "RedrivePolicy")} {
		w.settle(state(main, dead))
		w.settle(state(after, dead))
		if got, ok := w.aws.remotes[main.Key].attributes["RedrivePolicy"]; ok {
			t.Errorf("%s: AWS still has %s", name, got)
		}
		w.quiet(state(after, dead))
	}
}

func TestP10RemovedFilterPolicyIsCleared(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	q := admitting(queue(topology.RoleMain, "q"), nil, "t")
	filtered := subscription("t", "q", "FilterPolicy", `{"a":["1"]}`, "FilterPolicyScope", "MessageBody")
	w.settle(state(q, filtered))
	for _, after := range []topology.Resource{with(filtered, "FilterPolicy", ""), without(filtered, "FilterPolicy", "FilterPolicyScope")} {
		w.settle(state(q, filtered))
		w.settle(state(q, after))
		if got, ok := w.aws.remotes[after.Key].attributes["FilterPolicy"]; ok {
			t.Errorf("AWS still has %s", got)
		}
		w.quiet(state(q, after))
	}
}

func TestP11RawDeliveryHasADefiniteValue(t *testing.T) {
	w := newWorld(t)
	w.foreignTopic("t")
	q, raw := admitting(queue(topology.RoleMain, "q"), nil, "t"), subscription("t", "q")
	w.settle(state(q, raw))
	// The fake refuses "" as SNS does.
	w.settle(state(q, without(raw, "RawMessageDelivery")))
	if got := w.shows(raw, "RawMessageDelivery"); got != "false" {
		t.Errorf("RawMessageDelivery is %q after its removal, want false", got)
	}
}

func TestP12FilterPolicyAndScopeInTheRightOrder(t *testing.T) {
	const flat, deep = `{"a":["1"]}`, `{"a":{"b":["1"]}}`
	filter := func(policy, scope string) []string {
		if policy == "" {
			return []string{"FilterPolicy", "", "FilterPolicyScope", scope}
		}
		return []string{"FilterPolicy", policy, "FilterPolicyScope", scope}
	}
	type step struct{ policy, scope string }
	cases := map[string][]step{
		"to the body and back":                   {{flat, "MessageAttributes"}, {deep, "MessageBody"}, {flat, "MessageAttributes"}},
		"scope alone, both ways":                 {{flat, "MessageAttributes"}, {flat, "MessageBody"}, {flat, "MessageAttributes"}},
		"nested from the start, then another":    {{deep, "MessageBody"}, {`{"c":{"d":["1"]}}`, "MessageBody"}},
		"none, then nested":                      {{"", "MessageBody"}, {deep, "MessageBody"}},
		"a hidden scope is not believed":         {{deep, "MessageBody"}, {"", "MessageAttributes"}, {flat, "MessageAttributes"}},
		"a hidden scope that is wanted again":    {{deep, "MessageBody"}, {"", "MessageAttributes"}, {deep, "MessageBody"}},
		"a hidden scope the other way":           {{flat, "MessageAttributes"}, {"", "MessageAttributes"}, {deep, "MessageBody"}},
		"with another attribute in the same way": {{deep, "MessageBody"}, {flat, "MessageAttributes"}},
	}
	for name, steps := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.foreignTopic("t")
			q := admitting(queue(topology.RoleMain, "q"), nil, "t")
			u := queue(topology.RoleUndelivered, "u")
			for i, s := range steps {
				r := subscription("t", "q", filter(s.policy, s.scope)...)
				if i == 1 {
					r = with(r, "RedrivePolicy", topology.SubscriptionRedrivePolicy(u.Key))
				}
				w.settle(state(q, u, r))
				w.quiet(state(q, u, r))
				if got := w.aws.remotes[r.Key]; s.policy != "" && (got.attributes["FilterPolicy"] != s.policy || got.scope != s.scope) {
					t.Errorf("AWS has %s under %q, want %s under %s", got.attributes["FilterPolicy"], got.scope, s.policy, s.scope)
				}
			}
		})
	}
	t.Run("a spec without a scope", func(t *testing.T) {
		w := newWorld(t)
		w.foreignTopic("t")
		q, r := admitting(queue(topology.RoleMain, "q"), nil, "t"), subscription("t", "q", "FilterPolicy", deep, "FilterPolicyScope", "MessageBody")
		w.settle(state(q, r))
		w.settle(state(q, subscription("t", "q")))
		w.settle(state(q, subscription("t", "q", "FilterPolicy", flat)))
		if got := w.aws.remotes[r.Key].scope; got != "MessageAttributes" {
			t.Errorf("the scope is %s, want AWS's default", got)
		}
	})
}

func TestEncryptionInTheAcceptedOrder(t *testing.T) {
	modes := map[string][]string{
		"SQSManaged": {"KmsMasterKeyId", "", "SqsManagedSseEnabled", "true"},
		"KMS":        {"KmsMasterKeyId", "alias/a", "SqsManagedSseEnabled", "false", "KmsDataKeyReusePeriodSeconds", "600"},
		"None":       {"KmsMasterKeyId", "", "SqsManagedSseEnabled", "false"},
	}
	for from, before := range modes {
		for to, after := range modes {
			w := newWorld(t)
			w.settle(state(queue(topology.RoleMain, "q", before...)))
			r := queue(topology.RoleMain, "q", after...)
			w.settle(state(r))
			w.quiet(state(r))
			for i := 0; i < len(after); i += 2 {
				if got := w.shows(r, after[i]); got != after[i+1] {
					t.Errorf("%s to %s: %s is %q, want %q", from, to, after[i], got, after[i+1])
				}
			}
		}
	}
}

// With a key AWS decides what it shows of SQS-managed keys: nothing is sent, and nothing shown is a difference.
func TestManagedKeysBesideAKey(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "KmsMasterKeyId", "alias/a", "SqsManagedSseEnabled", "false")
	w.reconcile(state(r))
	if s := w.plan.Mutations()[0]; s.Attributes["SqsManagedSseEnabled"] != "" {
		t.Errorf("sent %v", s.Attributes)
	}
	same(t, r, "SqsManagedSseEnabled", "true")
}

func TestTagsLeaveOnlyIfSkeinSetThem(t *testing.T) {
	w := newWorld(t)
	r := queue(topology.RoleMain, "q", "Tags[team]", "a", "Tags[domain]", "b")
	w.settle(state(r))
	w.aws.remotes[r.Key].tags["cost"] = "foreign"
	w.settle(state(without(r, "Tags[domain]")))
	tags := w.aws.remotes[r.Key].tags
	if _, there := tags["domain"]; there || tags["cost"] != "foreign" || tags["team"] != "a" {
		t.Errorf("tags are %v: domain should have gone, cost and team not", tags)
	}
	// Set again by someone else, it is theirs.
	tags["domain"] = "foreign"
	w.pass(time.Hour)
	w.quiet(state(without(r, "Tags[domain]")))
	w.settle(state(with(r, "Tags[domain]", "c")))
	if got := w.aws.remotes[r.Key].tags["domain"]; got != "c" {
		t.Errorf("tag domain is %q, want the one of the spec", got)
	}
}
