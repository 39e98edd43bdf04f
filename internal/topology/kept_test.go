package topology

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/policydoc"
)

// observed is a queue as AWS shows it.
func observed(fields ...string) Resource {
	r := Resource{Kind: KindQueue, Managed: CanonicalAttributes(KindQueue, nil)}
	for i := 0; i+1 < len(fields); i += 2 {
		r.Managed[fields[i]] = fields[i+1]
	}
	return r
}

// TestFound says what of an existing queue stays at its adoption, by what the spec says.
func TestFound(t *testing.T) {
	tls := PolicyField(policydoc.SidTLSOnly)
	own, elsewhere := RedrivePolicy(stockARN+"-dlq", 3), RedrivePolicy(stockARN+"-x", 3)
	tests := map[string]struct {
		spec string
		have []string
		want map[string]string
	}{
		"nothing is said": {
			"{}",
			[]string{"VisibilityTimeout", "7", "MessageRetentionPeriod", "60", "DelaySeconds", "1", "RedrivePolicy", own, "MaximumMessageSize", "1024"},
			map[string]string{"VisibilityTimeout": "7", "MessageRetentionPeriod": "60", "DelaySeconds": "1", "ReceiveMessageWaitTimeSeconds": "0", "RedrivePolicy": own, tls: ""},
		},
		"all is said": {
			"{visibilityTimeout: 1m, messageRetention: 1h, deliveryDelay: 2s, receiveWaitTime: 3s, deadLetter: {maxReceiveCount: 2}, encryption: {type: SQSManaged}, access: {enforceTLS: false}}",
			[]string{"VisibilityTimeout", "7", "MessageRetentionPeriod", "60", "DelaySeconds", "1", "RedrivePolicy", own, "KmsMasterKeyId", "k"},
			map[string]string{},
		},
		"processing time says the timeout":       {"{processingTime: 10s, receiveWaitTime: 0s}", []string{"VisibilityTimeout", "7"}, map[string]string{"RedrivePolicy": "", tls: ""}},
		"no dead letters":                        {"{receiveWaitTime: 0s}", nil, map[string]string{"RedrivePolicy": "", tls: ""}},
		"a dead-letter queue elsewhere":          {"{receiveWaitTime: 0s}", []string{"RedrivePolicy", elsewhere}, map[string]string{"RedrivePolicy": elsewhere, tls: ""}},
		"the target is said, and the same":       {"{receiveWaitTime: 0s, deadLetter: {messageRetention: 336h}}", []string{"RedrivePolicy", own}, map[string]string{"RedrivePolicy": own, tls: ""}},
		"the target is said, and another":        {"{receiveWaitTime: 0s, deadLetter: {messageRetention: 336h}}", []string{"RedrivePolicy", elsewhere}, map[string]string{tls: ""}},
		"the target is said, and there was none": {"{receiveWaitTime: 0s, deadLetter: {messageRetention: 336h}}", nil, map[string]string{tls: ""}},
		"dead letters are disabled":              {"{receiveWaitTime: 0s, deadLetter: {disabled: true}}", []string{"RedrivePolicy", own}, map[string]string{tls: ""}},
		"a key": {
			"{receiveWaitTime: 0s}",
			[]string{"KmsMasterKeyId", "k", "KmsDataKeyReusePeriodSeconds", "60", "SqsManagedSseEnabled", "false", "RedrivePolicy", RedrivePolicy(stockARN+"-dlq", 5)},
			map[string]string{"KmsMasterKeyId": "k", "KmsDataKeyReusePeriodSeconds": "60", tls: ""},
		},
		"no encryption": {"{receiveWaitTime: 0s}", []string{"SqsManagedSseEnabled", "false"}, map[string]string{"SqsManagedSseEnabled": "false", "RedrivePolicy": "", tls: ""}},
		"the key is said": {
			"{receiveWaitTime: 0s, encryption: {type: KMS, kms: {keyID: new}}}",
			[]string{"KmsMasterKeyId", "k", "KmsDataKeyReusePeriodSeconds", "60", "SqsManagedSseEnabled", "false"},
			map[string]string{"KmsDataKeyReusePeriodSeconds": "60", "RedrivePolicy": "", tls: ""},
		},
		"the key is said, and there was none": {"{receiveWaitTime: 0s, encryption: {type: KMS, kms: {keyID: new}}}", nil, map[string]string{"RedrivePolicy": "", tls: ""}},
		"Skein's statement":                   {"{receiveWaitTime: 0s}", []string{tls, "another"}, map[string]string{"RedrivePolicy": ""}},
		"a field that cannot be read":         {"{receiveWaitTime: 0s}", []string{"RedrivePolicy", RedrivePolicy(stockARN+"-dlq", 5)}, map[string]string{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			have := observed(tt.have...)
			if name == "a field that cannot be read" {
				have.Seen.Denied = map[string]string{"Policy": "sqs:GetQueueAttributes"}
			}
			got := byRole(t, BuildConsumer(inputs(t, tt.spec)).State, RoleMain).Found(have)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A dead-letter queue that others use goes on admitting them; one that does not admit its own source is set right.
func TestFoundOfADeadLetterQueue(t *testing.T) {
	main := stockARN
	for policy, kept := range map[string]bool{
		"": true, RedriveAllow{Permission: "byQueue", Sources: []string{main, main + "-b"}}.String(): true,
		RedriveAllow{Permission: "byQueue", Sources: []string{main + "-b"}}.String(): false, RedriveAllow{Permission: "denyAll"}.String(): false,
	} {
		dlq := byRole(t, BuildConsumer(inputs(t, "{}")).State, RoleDeadLetter)
		value, got := dlq.Found(observed("RedriveAllowPolicy", policy))["RedriveAllowPolicy"]
		if got != kept || value != "" && value != policy {
			t.Errorf("%q: kept %t as %q", policy, got, value)
		}
	}
}

// keeping are inputs whose main queue was adopted with these values.
func keeping(t *testing.T, spec string, kept map[string]string) ConsumerInputs {
	t.Helper()
	in := settled(t, spec)
	for i := range in.Inventory {
		if in.Inventory[i].Key == stockARN {
			in.Inventory[i].Kept = kept
		}
	}
	return in
}

// What is kept changes the shape of a consumer, until the spec says otherwise.
func TestKeptValuesShapeAConsumer(t *testing.T) {
	elsewhere := RedrivePolicy(stockARN+"-x", 3)
	names := func(s State) string {
		var out []string
		for _, r := range s.Resources {
			out = append(out, string(r.Kind)+"/"+r.Name)
		}
		return strings.Join(out, " ")
	}
	out := BuildConsumer(keeping(t, "{}", map[string]string{"RedrivePolicy": "", "VisibilityTimeout": "7", PolicyField(policydoc.SidTLSOnly): ""}))
	main := byRole(t, out.State, RoleMain)
	if got := names(out.State); got != "queue/warehouse-stock" || out.Names.DeadLetterARN != "" || main.Managed["RedrivePolicy"] != "" || main.Managed["VisibilityTimeout"] != "7" {
		t.Errorf("%s\n%s", got, render(out.State))
	}
	if len(main.Policy.Statements) != 0 || len(out.Notes) != 1 || !strings.Contains(out.Notes[0], "spec.deadLetter") {
		t.Errorf("the statements are %v, the notes %v", main.Policy.Statements, out.Notes)
	}

	out = BuildConsumer(keeping(t, "{}", map[string]string{"RedrivePolicy": elsewhere}))
	if got := names(out.State); got != "queue/warehouse-stock" || out.Names.DeadLetterARN != stockARN+"-x" || len(out.Notes) != 1 {
		t.Errorf("%s with %+v, notes %v", got, out.Names, out.Notes)
	}

	out = BuildConsumer(keeping(t, "{}", map[string]string{"RedrivePolicy": RedrivePolicy(stockARN+"-dlq", 3), "KmsMasterKeyId": "k"}))
	if got := names(out.State); got != "queue/warehouse-stock queue/warehouse-stock-dlq" || byRole(t, out.State, RoleMain).Managed["RedrivePolicy"] != RedrivePolicy(stockARN+"-dlq", 3) {
		t.Errorf("%s\n%s", got, render(out.State))
	}
	if got := byRole(t, out.State, RoleDeadLetter).Managed["KmsMasterKeyId"]; got != "k" {
		t.Errorf("the dead-letter queue's key is %q", got)
	}

	in := keeping(t, "{}", map[string]string{"MessageRetentionPeriod": "1000000"})
	for i := range in.Inventory {
		if in.Inventory[i].Key == stockARN+"-dlq" {
			in.Inventory[i].Kept = map[string]string{"MessageRetentionPeriod": "345600"}
		}
	}
	out = BuildConsumer(in)
	if len(out.Notes) != 1 || !strings.Contains(out.Notes[0], "345600 s and messages 1000000 s") {
		t.Errorf("the notes are %v", out.Notes)
	}

	// The spec's word counts.
	out = BuildConsumer(keeping(t, "{visibilityTimeout: 1m, deadLetter: {maxReceiveCount: 4}}", map[string]string{"RedrivePolicy": elsewhere, "VisibilityTimeout": "7"}))
	main = byRole(t, out.State, RoleMain)
	if main.Managed["RedrivePolicy"] != RedrivePolicy(stockARN+"-dlq", 4) || main.Managed["VisibilityTimeout"] != "60" || len(out.Notes) != 0 {
		t.Errorf("%s\n%v", render(out.State), out.Notes)
	}
	out = BuildConsumer(keeping(t, "{deadLetter: {messageRetention: 300h}}", map[string]string{"RedrivePolicy": elsewhere}))
	if got := byRole(t, out.State, RoleMain).Managed["RedrivePolicy"]; got != RedrivePolicy(stockARN+"-dlq", 5) {
		t.Errorf("the redrive policy is %s", got)
	}
}

// FIFO members that are kept do not contradict those that are said.
func TestKeptFIFOSettings(t *testing.T) {
	have := observed("FifoQueue", "true", "ContentBasedDeduplication", "true", "DeduplicationScope", "messageGroup", "FifoThroughputLimit", "perMessageGroupId")
	for spec, want := range map[string]string{
		"{fifo: {}}":                                "true messageGroup perMessageGroupId",
		"{fifo: {deduplicationScope: Queue}}":       "true queue perQueue",
		"{fifo: {throughputLimit: PerQueue}}":       "true messageGroup perQueue",
		"{fifo: {contentBasedDeduplication: true}}": "true messageGroup perMessageGroupId",
	} {
		main := byRole(t, BuildConsumer(inputs(t, spec)).State, RoleMain)
		m := main.Keeping(main.Found(have)).Managed
		if got := m["ContentBasedDeduplication"] + " " + m["DeduplicationScope"] + " " + m["FifoThroughputLimit"]; got != want {
			t.Errorf("%s gives %s", spec, got)
		}
	}
}

// Subscriptions that keep a redrive policy of their own need no undelivered queue.
func TestKeptSubscription(t *testing.T) {
	in := settled(t, subscribed)
	key := SubscriptionKey(ordersARN, stockARN)
	have := Resource{Kind: KindSubscription, Managed: map[string]string{
		"RawMessageDelivery": "false", "FilterPolicy": `{"a":["b"]}`, "FilterPolicyScope": "MessageBody", "RedrivePolicy": "",
	}}
	sub := find(t, BuildConsumer(in).State, key)
	kept := sub.Found(have)
	want := map[string]string{"RawMessageDelivery": "false", "FilterPolicy": `{"a":["b"]}`, "FilterPolicyScope": "MessageBody", "RedrivePolicy": ""}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Error(diff)
	}
	var inv Inventory
	for _, row := range in.Inventory {
		if row.Key == key {
			row.Kept = kept
		}
		if row.Kind == KindSubscription || row.Key == stockARN {
			inv = append(inv, row)
		}
	}
	in.Inventory = inv
	out := BuildConsumer(in)
	if diff := cmp.Diff(want, find(t, out.State, key).Managed); diff != "" {
		t.Error(diff)
	}
	if out.Names.UndeliveredARN != "" {
		t.Errorf("there is an undelivered queue:\n%s", render(out.State))
	}
	in.Queue = queue(t, "{undelivered: {}, "+strings.TrimPrefix(subscribed, "{"))
	if got := find(t, BuildConsumer(in).State, key).Managed["RedrivePolicy"]; !strings.Contains(got, "-undelivered") {
		t.Errorf("the redrive policy is %q", got)
	}
}
