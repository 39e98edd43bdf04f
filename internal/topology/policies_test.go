package topology

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// policyFields are the statements of a resource: Sid to canonical form, those that are cleared included.
func policyFields(r Resource) map[string]string {
	out := map[string]string{}
	for f, v := range r.Managed {
		if name, sid := CutField(f); name == "Policy" {
			out[sid] = v
		}
	}
	return out
}

// wantedSids are the Sids that are to stand.
func wantedSids(r Resource) []string {
	var out []string
	for sid, v := range policyFields(r) {
		if v != "" {
			out = append(out, sid)
		}
	}
	slices.Sort(out)
	return out
}

func TestStatementsOfAQueue(t *testing.T) {
	tests := map[string]struct {
		spec                          string
		main, deadLetter, undelivered []string
	}{
		"subscribed": {
			subscribed,
			[]string{"SkeinTLSOnly", "SkeinTopics"},
			[]string{"SkeinTLSOnly"},
			[]string{"SkeinTLSOnly", "SkeinUndelivered"},
		},
		"no TLS": {
			"{access: {enforceTLS: false}, " + subscribed[1:],
			[]string{"SkeinTopics"},
			nil,
			[]string{"SkeinUndelivered"},
		},
		"senders and receivers": {
			"{access: {senders: [{service: s3.amazonaws.com, sourceAccount: '111122223333'}, {awsPrincipal: '444455556666'}], receivers: [{awsPrincipal: '444455556666'}]}, " + subscribed[1:],
			[]string{"SkeinReceivers", "SkeinSender", "SkeinSenders", "SkeinTLSOnly", "SkeinTopics"},
			[]string{"SkeinTLSOnly"},
			[]string{"SkeinTLSOnly", "SkeinUndelivered"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := BuildConsumer(inputs(t, tt.spec))
			requireNone(t, out.Refusals)
			for role, want := range map[Role][]string{RoleMain: tt.main, RoleDeadLetter: tt.deadLetter, RoleUndelivered: tt.undelivered} {
				r := byRole(t, out.State, role)
				var got []string
				for _, s := range r.Policy.Statements {
					got = append(got, s.Sid)
					if r.Managed[PolicyField(s.Sid)] != s.Canonical() {
						t.Errorf("%s: Managed and Policy differ in %s", role, s.Sid)
					}
				}
				if diff := cmp.Diff(wantedSids(r), got); diff != "" {
					t.Errorf("%s: Managed and Policy: %s", role, diff)
				}
				if len(got) != len(want) {
					t.Errorf("%s has %q, want %q", role, got, want)
				}
				for i := range min(len(got), len(want)) {
					if !strings.HasPrefix(got[i], want[i]) {
						t.Errorf("%s has %q, want %q", role, got, want)
					}
				}
			}
		})
	}
}

func TestStatementsThatAreNotWantedAreCleared(t *testing.T) {
	out := BuildConsumer(inputs(t, "{access: {enforceTLS: false}}"))
	want := map[string]string{"SkeinTopics": "", "SkeinTLSOnly": "", "SkeinSenders": "", "SkeinReceivers": ""}
	if diff := cmp.Diff(want, policyFields(byRole(t, out.State, RoleMain))); diff != "" {
		t.Error(diff)
	}
	if r := byRole(t, out.State, RoleMain); r.Policy.JSON() != "" {
		t.Errorf("the document is %s", r.Policy.JSON())
	}
}

func TestP19OptInRegionsNeedTheirOwnPrincipal(t *testing.T) {
	tests := map[string]struct{ topicRegion, queueRegion, principal, sid string }{
		"same region":        {"us-east-1", "us-east-1", "sns.amazonaws.com", "SkeinTopics"},
		"same opt-in region": {"me-south-1", "me-south-1", "sns.amazonaws.com", "SkeinTopics"},
		"two defaults":       {"us-east-1", "eu-west-1", "sns.amazonaws.com", "SkeinTopics"},
		"topic opt-in":       {"me-south-1", "eu-west-1", "sns.me-south-1.amazonaws.com", "SkeinTopicsMeSouth1"},
		"queue opt-in":       {"eu-west-1", "me-south-1", "sns.me-south-1.amazonaws.com", "SkeinTopicsMeSouth1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := inputs(t, "{subscriptions: [{topicARN: 'arn:aws:sns:"+tt.topicRegion+":111122223333:plain'}]}")
			in.Account.Region = tt.queueRegion
			out := BuildConsumer(in)
			requireNone(t, out.Refusals)
			got := byRole(t, out.State, RoleMain).Managed[PolicyField(tt.sid)]
			if !strings.Contains(got, `"Service":["`+tt.principal+`"]`) {
				t.Errorf("got %s", got)
			}
		})
	}
	in := inputs(t, "{subscriptions: [{topicARN: 'arn:aws:sns:af-south-1:111122223333:plain'}]}")
	in.Account.Region = "me-south-1"
	if out := BuildConsumer(in); len(out.Notes) == 0 || !strings.Contains(strings.Join(out.Notes, "\n"), "af-south-1") {
		t.Errorf("two opt-in regions: notes %q", out.Notes)
	}
}

// Each queue's statement has the topics of its own subscriptions, all of them and no other.
func TestP21EachQueueHasItsOwnTopics(t *testing.T) {
	topics := []string{"arn:aws:sns:us-east-1:111122223333:a", "arn:aws:sns:us-east-1:111122223333:b", "arn:aws:sns:us-east-1:111122223333:c"}
	for name, of := range map[string][]string{"one": {topics[2]}, "two": {topics[1], topics[0]}, "three": {topics[2], topics[0], topics[1]}} {
		var spec []string
		for _, arn := range of {
			spec = append(spec, "{topicARN: '"+arn+"'}")
		}
		in := inputs(t, "{subscriptions: ["+strings.Join(spec, ", ")+"]}")
		in.Queue.Name = name
		out := BuildConsumer(in)
		requireNone(t, out.Refusals)
		main := byRole(t, out.State, RoleMain)
		want := slices.Sorted(slices.Values(of))
		for _, s := range main.Policy.Statements {
			if s.Sid != "SkeinTopics" {
				continue
			}
			if diff := cmp.Diff(want, s.Condition["ArnEquals"]["aws:SourceArn"]); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if diff := cmp.Diff([]string{main.ARN}, s.Resource); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
}

func TestP22ManyTopicsAreOneStatement(t *testing.T) {
	var subscriptions []string
	for i := range 20 {
		subscriptions = append(subscriptions, fmt.Sprintf("{topicARN: 'arn:aws:sns:us-east-1:111122223333:topic-%02d'}", i))
	}
	spec := "subscriptions: [" + strings.Join(subscriptions, ", ") + "]"
	out := BuildConsumer(inputs(t, "{"+spec+"}"))
	requireNone(t, out.Refusals)
	main := byRole(t, out.State, RoleMain)
	if n := len(main.Policy.Statements); n != 2 {
		t.Errorf("%d statements", n)
	}
	if err := main.Policy.CheckQueueLimits(); err != nil {
		t.Error(err)
	}

	var senders []string
	for i := range 20 {
		senders = append(senders, fmt.Sprintf("{service: s3.amazonaws.com, sourceARN: 'arn:aws:s3:::bucket-%02d'}", i))
	}
	in := settled(t, "{"+spec+"}")
	before := in.Inventory
	in.Queue = queue(t, "{access: {senders: ["+strings.Join(senders, ", ")+"]}, "+spec+"}")
	out = BuildConsumer(in)
	if len(out.Refusals) != 1 || out.Refusals[0].Reason != v1alpha1.ReasonPolicyTooLarge || !strings.Contains(out.Refusals[0].Message, "22 statements, SQS takes at most 20") {
		t.Errorf("got %+v", out.Refusals)
	}
	allHeld(t, out.State, before)
}

func TestEncryption(t *testing.T) {
	tests := map[string]struct {
		spec                    string
		main, last, undelivered [3]string // KmsMasterKeyId, KmsDataKeyReusePeriodSeconds, SqsManagedSseEnabled
	}{
		"by default": {
			subscribed, [3]string{"", "-", "true"}, [3]string{"", "-", "true"}, [3]string{"", "-", "true"},
		},
		"none": {
			"{encryption: {type: None}, " + subscribed[1:], [3]string{"", "-", "false"}, [3]string{"", "-", "false"}, [3]string{"", "-", "true"},
		},
		"KMS": {
			"{encryption: {type: KMS, kms: {keyID: alias/k}}, " + subscribed[1:],
			[3]string{"alias/k", "300", "false"},
			[3]string{"alias/k", "300", "false"},
			[3]string{"", "-", "true"},
		},
		"KMS with period, undelivered too": {
			"{encryption: {type: KMS, kms: {keyID: k, dataKeyReusePeriod: 1h}}, undelivered: {encryption: {type: KMS, kms: {keyID: u}}}, " + subscribed[1:],
			[3]string{"k", "3600", "false"},
			[3]string{"k", "3600", "false"},
			[3]string{"u", "300", "false"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := BuildConsumer(inputs(t, tt.spec))
			requireNone(t, out.Refusals)
			for role, want := range map[Role][3]string{RoleMain: tt.main, RoleDeadLetter: tt.last, RoleUndelivered: tt.undelivered} {
				m := byRole(t, out.State, role).Managed
				got := [3]string{m["KmsMasterKeyId"], "-", m["SqsManagedSseEnabled"]}
				if v, ok := m["KmsDataKeyReusePeriodSeconds"]; ok {
					got[1] = v
				}
				if got != want {
					t.Errorf("%s has %q, want %q", role, got, want)
				}
			}
		})
	}
}

// AWS never returns the period without a key.
func TestP05ReusePeriodIsManagedWithAKeyOnly(t *testing.T) {
	out := BuildConsumer(inputs(t, "{encryption: {type: SQSManaged}}"))
	if v, ok := byRole(t, out.State, RoleMain).Managed["KmsDataKeyReusePeriodSeconds"]; ok {
		t.Errorf("it is managed: %q", v)
	}
	if a, _ := FindAttribute(KindQueue, "KmsDataKeyReusePeriodSeconds"); a.Needs != "KmsMasterKeyId" {
		t.Errorf("the table does not say what it needs: %+v", a)
	}
}

func TestTags(t *testing.T) {
	in := inputs(t, "{tags: {team: stock, app: shop, empty: '', skein.dev/name: forged}}")
	in.Account.Tags = map[string]string{"team": "platform", "cost": "42"}
	out := BuildConsumer(in)
	want := map[string]string{
		"team": "stock", "app": "shop", "cost": "42",
		TagCluster: "c1", TagKind: "ConsumerQueue", TagNamespace: "warehouse", TagName: "stock",
	}
	for _, role := range []Role{RoleMain, RoleDeadLetter} {
		got := map[string]string{}
		for f, v := range byRole(t, out.State, role).Managed {
			if name, key := CutField(f); name == "Tags" {
				got[key] = v
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", role, diff)
		}
	}
	if len(out.Refusals) != 1 || out.Refusals[0].Field != "spec.tags" || !strings.Contains(out.Refusals[0].Message, `"empty"`) {
		t.Errorf("got %+v", out.Refusals)
	}

	in.Account.Tags = map[string]string{}
	for i := range 47 {
		in.Account.Tags[fmt.Sprint(i)] = "x"
	}
	if got := reasons(BuildConsumer(in).Refusals); !slices.Contains(got, "InvalidSpec spec.tags") || len(BuildConsumer(in).State.Resources) > 0 {
		t.Errorf("53 tags: %q", got)
	}
}

func TestOwnerAndRivals(t *testing.T) {
	in := inputs(t, "{}")
	a, b := Owner{"c1", "ConsumerQueue", "n", "a"}, Owner{"c1", "ConsumerQueue", "n", "b"}
	in.Rivals = map[string][]Rival{"warehouse-stock": {{Owner: b, Older: true}, {Owner: a, Holds: true}}}
	out := BuildConsumer(in)
	main := byRole(t, out.State, RoleMain)
	if diff := cmp.Diff([]Rival{{Owner: a, Holds: true}, {Owner: b, Older: true}}, main.Rivals); diff != "" {
		t.Error(diff)
	}
	if want := (Owner{"c1", "ConsumerQueue", "warehouse", "stock"}); main.Owner != want || main.Group == "" {
		t.Errorf("owner %+v, group %q", main.Owner, main.Group)
	}
	if r := byRole(t, out.State, RoleDeadLetter); len(r.Rivals) > 0 || r.Group != main.Group {
		t.Errorf("rivals %+v, group %q", r.Rivals, r.Group)
	}
}
