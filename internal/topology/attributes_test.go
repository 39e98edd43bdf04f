package topology

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sameValues are, by kind and attribute, forms that AWS or users write and that mean the same, then one that means something else. Every row of
// every table has to be here.
var sameValues = map[Kind]map[string]struct {
	same  []string
	other string
}{
	KindQueue: {
		"VisibilityTimeout":             {[]string{"30", " 30", "030"}, "31"},
		"MessageRetentionPeriod":        {[]string{"345600", "0345600"}, "60"},
		"DelaySeconds":                  {[]string{"0", "00"}, "1"},
		"ReceiveMessageWaitTimeSeconds": {[]string{"20", "20 "}, "0"},
		"MaximumMessageSize":            {[]string{"262144", "+262144"}, "1048576"},
		"RedrivePolicy": {[]string{
			`{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:d","maxReceiveCount":3}`,
			`{"maxReceiveCount": "3", "deadLetterTargetArn": "arn:aws:sqs:us-east-1:111122223333:d"}`,
			RedrivePolicy("arn:aws:sqs:us-east-1:111122223333:d", 3),
		}, `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:d","maxReceiveCount":4}`},
		"RedriveAllowPolicy": {[]string{
			`{"redrivePermission":"byQueue","sourceQueueArns":["b","a"]}`,
			`{"sourceQueueArns" : ["a", "b", "a"], "redrivePermission":"byQueue"}`,
			RedriveAllow{Permission: "byQueue", Sources: []string{"b", "a"}}.String(),
		}, `{"redrivePermission":"denyAll"}`},
		"KmsMasterKeyId":               {[]string{"alias/a"}, "alias/A"},
		"KmsDataKeyReusePeriodSeconds": {[]string{"300", "0300"}, "60"},
		"SqsManagedSseEnabled":         {[]string{"true", "True", "TRUE"}, "false"},
		"FifoQueue":                    {[]string{"true", "True"}, "false"},
		"ContentBasedDeduplication":    {[]string{"false", "False"}, "true"},
		"DeduplicationScope":           {[]string{"messageGroup"}, "queue"},
		"FifoThroughputLimit":          {[]string{"perMessageGroupId"}, "perQueue"},
	},
	KindTopic: {
		"DisplayName":               {[]string{"Orders"}, "orders"},
		"KmsMasterKeyId":            {[]string{"alias/aws/sns"}, "alias/x"},
		"TracingConfig":             {[]string{"Active"}, "PassThrough"},
		"FifoTopic":                 {[]string{"true", "True"}, "false"},
		"ContentBasedDeduplication": {[]string{"true", "TRUE"}, "false"},
		"FifoThroughputScope":       {[]string{"MessageGroup"}, "Topic"},
	},
	KindSubscription: {
		"RawMessageDelivery": {[]string{"true", "TrUe"}, "false"},
		"FilterPolicyScope":  {[]string{"MessageBody"}, "MessageAttributes"},
		"FilterPolicy":       {[]string{`{"a":["x"],"b":[{"numeric":[">=",500]}]}`, `{ "b": [{"numeric": [">=", 500.0]}], "a": ["x"] }`}, `{"a":["y"]}`},
		"RedrivePolicy": {[]string{
			`{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:u"}`,
			`{ "deadLetterTargetArn" : "arn:aws:sqs:us-east-1:111122223333:u" }`,
			SubscriptionRedrivePolicy("arn:aws:sqs:us-east-1:111122223333:u"),
		}, `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:v"}`},
	},
}

func TestAttributeForms(t *testing.T) {
	for _, kind := range []Kind{KindQueue, KindTopic, KindSubscription} {
		for _, a := range Attributes(kind) {
			t.Run(string(kind)+" "+a.Name, func(t *testing.T) {
				values, ok := sameValues[kind][a.Name]
				if !ok {
					t.Fatal("this row has no case in sameValues")
				}
				canonical := func(v string) string { return CanonicalAttributes(kind, map[string]string{a.Name: v})[a.Name] }
				want := canonical(values.same[0])
				for _, v := range values.same {
					if got := canonical(v); got != want {
						t.Errorf("%s became %s, %s became %s", v, got, values.same[0], want)
					}
				}
				if got := canonical(values.other); got == want {
					t.Errorf("%s and %s both became %s", values.other, values.same[0], got)
				}
				if got := canonical(want); got != want {
					t.Errorf("the canonical form %s is not its own canonical form but became %s", want, got)
				}
			})
		}
		if len(sameValues[kind]) != len(Attributes(kind)) {
			t.Errorf("sameValues has %d attributes of %s, the table %d", len(sameValues[kind]), kind, len(Attributes(kind)))
		}
	}
}

func TestP02NumbersCompareAsNumbers(t *testing.T) {
	for _, shown := range []string{
		`{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:d","maxReceiveCount":"3"}`,
		`{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:d","maxReceiveCount":3}`,
		`{"maxReceiveCount":3.0,"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:d"}`,
	} {
		got := CanonicalAttributes(KindQueue, map[string]string{"RedrivePolicy": shown})["RedrivePolicy"]
		if want := RedrivePolicy("arn:aws:sqs:us-east-1:111122223333:d", 3); got != want {
			t.Errorf("%s became %s, want %s", shown, got, want)
		}
	}
}

// What AWS shows of resources on which nobody set anything, each attribute either given or absent.
func TestP04DefaultsOfAWSAreModelled(t *testing.T) {
	tests := map[string]struct {
		kind        Kind
		shown, want map[string]string
	}{
		"standard queue, recorded case test_set_queue_attributes_default_values": {
			KindQueue,
			map[string]string{
				"QueueArn": "arn:aws:sqs:us-east-1:111122223333:q", "ApproximateNumberOfMessages": "0", "CreatedTimestamp": "1",
				"VisibilityTimeout": "30", "MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600", "DelaySeconds": "0",
				"ReceiveMessageWaitTimeSeconds": "0", "SqsManagedSseEnabled": "true",
			},
			map[string]string{
				"VisibilityTimeout": "30", "MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600", "DelaySeconds": "0",
				"ReceiveMessageWaitTimeSeconds": "0", "SqsManagedSseEnabled": "true", "RedrivePolicy": "", "RedriveAllowPolicy": "",
				"KmsMasterKeyId": "", "KmsDataKeyReusePeriodSeconds": "", "FifoQueue": "",
				"ContentBasedDeduplication": "false", "DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue",
			},
		},
		"topic, recorded case test_create_topic_test_arn": {
			KindTopic,
			map[string]string{"DisplayName": "", "TopicArn": "arn:aws:sns:us-east-1:111122223333:t", "Owner": "111122223333"},
			map[string]string{
				"DisplayName": "", "KmsMasterKeyId": "", "TracingConfig": "PassThrough", "FifoTopic": "",
				"ContentBasedDeduplication": "false", "FifoThroughputScope": "",
			},
		},
		"subscription, recorded case test_subscribe_attributes": {
			KindSubscription,
			map[string]string{"RawMessageDelivery": "false", "PendingConfirmation": "false"},
			map[string]string{"RawMessageDelivery": "false", "FilterPolicyScope": "MessageAttributes", "FilterPolicy": "", "RedrivePolicy": ""},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, CanonicalAttributes(tt.kind, tt.shown)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.want, CanonicalAttributes(tt.kind, nil)); diff != "" {
				t.Errorf("with nothing shown: %s", diff)
			}
		})
	}
}

// After Clear was sent AWS shows Default, or nothing.
func TestClearValues(t *testing.T) {
	remembered := map[string]bool{"FifoThroughputScope": true}
	for _, kind := range []Kind{KindQueue, KindTopic, KindSubscription} {
		for _, a := range Attributes(kind) {
			if a.Immutable {
				continue
			}
			got := CanonicalAttributes(kind, map[string]string{a.Name: a.Clear})[a.Name]
			if got != a.Default && !remembered[a.Name] {
				t.Errorf("%s %s: cleared with %q AWS shows %q, the default is %q", kind, a.Name, a.Clear, got, a.Default)
			}
		}
	}
}

func TestUnreadableAttributesStayAsTheyAre(t *testing.T) {
	for kind, table := range sameValues {
		for name := range table {
			if got := CanonicalAttributes(kind, map[string]string{name: "{no json"})[name]; !strings.EqualFold(got, "{no json") {
				t.Errorf("%s %s became %q", kind, name, got)
			}
		}
	}
}

func TestFindAttribute(t *testing.T) {
	if a, ok := FindAttribute(KindQueue, "FifoQueue"); !ok || !a.Immutable {
		t.Errorf("FifoQueue: %+v, %t", a, ok)
	}
	for _, name := range []string{"Policy[SkeinTopics]", "Tags[team]", "FifoTopic"} {
		if _, ok := FindAttribute(KindQueue, name); ok {
			t.Errorf("%s has a row", name)
		}
	}
	for _, kind := range []Kind{KindQueue, KindTopic, KindSubscription} {
		for _, a := range Attributes(kind) {
			if _, ok := FindAttribute(kind, a.Needs); a.Needs != "" && !ok {
				t.Errorf("%s needs %s, which has no row", a.Name, a.Needs)
			}
		}
	}
}

func TestRedriveAllow(t *testing.T) {
	tests := map[string]struct {
		text, canonical string
		admits          bool
	}{
		"absent":         {"", "", true},
		"allowAll":       {`{"redrivePermission":"allowAll"}`, "", true},
		"denyAll":        {`{"redrivePermission":"denyAll"}`, `{"redrivePermission":"denyAll"}`, false},
		"listed":         {`{"redrivePermission":"byQueue","sourceQueueArns":["q"]}`, `{"redrivePermission":"byQueue","sourceQueueArns":["q"]}`, true},
		"another listed": {`{"redrivePermission":"byQueue","sourceQueueArns":["r"]}`, `{"redrivePermission":"byQueue","sourceQueueArns":["r"]}`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := ParseRedriveAllow(tt.text)
			if err != nil || p.String() != tt.canonical || p.Admits("q") != tt.admits {
				t.Errorf("got %q, admits q %t, error %v", p.String(), p.Admits("q"), err)
			}
		})
	}
	if _, err := ParseRedriveAllow("{no json"); err == nil {
		t.Error("no error for what is no JSON")
	}
	sources := []string{"b", "a"}
	_ = RedriveAllow{Permission: "byQueue", Sources: sources}.String()
	if sources[0] != "b" {
		t.Error("String changed the list it was given")
	}
}

// AWS drops members that are null and shows a difference for ever.
func TestP06NullMembersAreNeverSent(t *testing.T) {
	for _, p := range []RedriveAllow{{Permission: "denyAll"}, {Permission: "byQueue", Sources: []string{"a"}}} {
		if s := p.String(); strings.Contains(s, "null") || p.Permission == "denyAll" && strings.Contains(s, "sourceQueueArns") {
			t.Errorf("%+v is written %s", p, s)
		}
	}
}
