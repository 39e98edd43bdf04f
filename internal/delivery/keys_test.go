package delivery_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/delivery"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// withKey gives the queue a key, as it was read.
func withKey(id string, k func(*testing.T) topology.Key) func(*testing.T, *seen) {
	return func(t *testing.T, s *seen) {
		s.queue.Managed["KmsMasterKeyId"] = id
		s.keys[topology.KeyARN(id, queueARN)] = k(t)
	}
}

// policyOf is a usable key whose policy has statements besides that of its account.
func policyOf(statements ...string) func(*testing.T) topology.Key {
	return func(t *testing.T) topology.Key { t.Helper(); return admitting(t, statements...) }
}

// read is a key of which only so much is known.
func read(k topology.Key) func(*testing.T) topology.Key {
	return func(*testing.T) topology.Key { return k }
}

func TestP16TheQueuesKey(t *testing.T) {
	id := keyARN[strings.LastIndex(keyARN, "/")+1:]
	inState := func(state string) func(*testing.T) topology.Key {
		return func(t *testing.T) topology.Key {
			t.Helper()
			k := admitting(t, letsUse(sns, ""))
			k.State = state
			return k
		}
	}
	denied := []string{`"Sid":"AllowSNS"`, `"sns.amazonaws.com"`, "arn:aws:sns:eu-west-1:111122223333:*"}
	check(t, map[string]verdictCase{
		"admits SNS":                       {withKey(id, policyOf(letsUse(sns, ""))), "True", nil},
		"by its ARN":                       {withKey(keyARN, policyOf(letsUse(sns, ""))), "True", nil},
		"by an alias":                      {withKey("alias/orders", policyOf(letsUse(sns, ""))), "True", nil},
		"does not":                         {withKey(id, policyOf()), "False QueueKeyDenied", denied},
		"names alias and key":              {withKey("alias/orders", policyOf()), "False QueueKeyDenied", []string{"alias/orders", keyARN}},
		"another service":                  {withKey(id, policyOf(letsUse(`{"Service":"s3.amazonaws.com"}`, ""))), "False QueueKeyDenied", denied},
		"generating alone":                 {withKey(id, policyOf(`{"Effect":"Allow","Principal":`+sns+`,"Action":"kms:GenerateDataKey*","Resource":"*"}`)), "False QueueKeyDenied", denied},
		"decrypting alone":                 {withKey(id, policyOf(`{"Effect":"Allow","Principal":`+sns+`,"Action":"kms:Decrypt","Resource":"*"}`)), "False QueueKeyDenied", denied},
		"for the topic":                    {withKey(id, policyOf(letsUse(sns, `{"ArnEquals":{"aws:SourceArn":"`+topicARN+`"}}`))), "True", nil},
		"for another topic":                {withKey(id, policyOf(letsUse(sns, `{"ArnEquals":{"aws:SourceArn":"`+topicARN+`2"}}`))), "False QueueKeyDenied", denied},
		"for the account":                  {withKey(id, policyOf(letsUse(sns, `{"StringEquals":{"aws:SourceAccount":"`+account+`"}}`))), "True", nil},
		"for another account":              {withKey(id, policyOf(letsUse(sns, `{"StringEquals":{"aws:SourceAccount":"`+stranger+`"}}`))), "False QueueKeyDenied", denied},
		"denied":                           {withKey(id, policyOf(letsUse(sns, ""), `{"Sid":"Never","Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}`)), "False QueueKeyDenied", []string{"Never", "exempt"}},
		"by the encryption context":        {withKey(id, policyOf(letsUse(sns, `{"StringEquals":{"kms:EncryptionContext:aws:sqs:arn":"`+queueARN+`"}}`))), "Unknown KeyUnknown", []string{"kms:EncryptionContext:aws:sqs:arn"}},
		"disabled":                         {withKey(id, inState("Disabled")), "False KeyUnusable", []string{id, "Disabled"}},
		"being deleted":                    {withKey(id, inState("PendingDeletion")), "False KeyUnusable", []string{"PendingDeletion"}},
		"without material":                 {withKey(id, inState("PendingImport")), "False KeyUnusable", nil},
		"its primary region moves":         {withKey(id, inState("Updating")), "True", nil},
		"missing":                          {withKey("alias/none", read(topology.Key{Missing: true})), "False KeyUnusable", []string{"alias/none", "does not exist"}},
		"asymmetric":                       {withKey(id, read(topology.Key{ARN: keyARN, State: "Enabled", Spec: "RSA_2048"})), "False KeyUnusable", []string{"RSA_2048"}},
		"of another region":                {withKey("arn:aws:kms:us-east-1:111122223333:key/k", policyOf(letsUse(sns, ""))), "False KeyUnusable", []string{"us-east-1", "eu-west-1"}},
		"of another account":               {withKey("arn:aws:kms:eu-west-1:444455556666:key/k", policyOf()), "Unknown KeyUnknown", append([]string{stranger}, denied...)},
		"DescribeKey not permitted":        {withKey(id, read(topology.Key{Denied: "kms:DescribeKey"})), "Unknown KeyUnknown", []string{"permit kms:DescribeKey"}},
		"GetKeyPolicy not permitted":       {withKey(id, read(topology.Key{ARN: keyARN, State: "Enabled", Denied: "kms:GetKeyPolicy"})), "Unknown KeyUnknown", append([]string{"permit kms:GetKeyPolicy"}, denied...)},
		"disabled, its policy is unread":   {withKey(id, read(topology.Key{ARN: keyARN, State: "Disabled", Denied: "kms:GetKeyPolicy"})), "False KeyUnusable", nil},
		"out of reach":                     {withKey(id, read(topology.Key{Unread: "kms:DescribeKey ends in Unreachable"})), "Unknown KeyUnknown", []string{"Unreachable"}},
		"no KMS":                           {withKey(id, read(topology.Key{Unread: "the endpoint has no KMS"})), "Unknown KeyUnknown", []string{"the endpoint has no KMS"}},
		"not read":                         {func(_ *testing.T, s *seen) { s.queue.Managed["KmsMasterKeyId"] = id }, "Unknown KeyUnknown", []string{"was not read"}},
		"P17 AWS's own":                    {withKey("alias/aws/sqs", read(topology.Key{})), "False QueueKeyNotGrantable", []string{"alias/aws/sqs", "SQSManaged"}},
		"P17 AWS's own in another account": {withKey("arn:aws:kms:eu-west-1:444455556666:alias/aws/sqs", read(topology.Key{})), "False QueueKeyNotGrantable", nil},
		"P17 AWS's own by its id":          {withKey(id, read(topology.Key{ARN: keyARN, State: "Enabled", AWSManaged: true})), "False QueueKeyNotGrantable", nil},
	})
}

func TestTheUndeliveredQueuesKey(t *testing.T) {
	both := func(id, other string, k func(*testing.T) topology.Key) func(*testing.T, *seen) {
		return func(t *testing.T, s *seen) {
			t.Helper()
			withKey(id, k)(t, s)
			s.dead.Managed["KmsMasterKeyId"] = other
			s.keys[topology.KeyARN(other, deadARN)] = k(t)
		}
	}
	check(t, map[string]verdictCase{
		"its own":                {both("", "alias/orders", policyOf()), "False UndeliveredKeyDenied", []string{"q-undelivered", "alias/orders", `"AllowSNS"`}},
		"AWS's own":              {both("", "alias/aws/sqs", policyOf()), "False UndeliveredKeyDenied", []string{"alias/aws/sqs"}},
		"the queue's":            {both(keyARN, keyARN, policyOf()), "False QueueKeyDenied", []string{"the same key", deadARN}},
		"the queue's, by alias":  {both("alias/orders", keyARN, policyOf()), "False QueueKeyDenied", []string{"the same key"}},
		"the queue's, AWS's own": {both("alias/aws/sqs", "alias/aws/sqs", policyOf()), "False QueueKeyNotGrantable", []string{"the same key"}},
		"admits SNS":             {both(keyARN, keyARN, policyOf(letsUse(sns, ""))), "True", nil},
	})
}

func TestKeysThatAreRead(t *testing.T) {
	s := well(t)
	s.queue.Managed["KmsMasterKeyId"], s.dead.Managed["KmsMasterKeyId"], s.dlq.Managed["KmsMasterKeyId"] = "alias/orders", keyARN, "alias/dlq"
	s.topicHas("alias/orders", "")
	if diff := cmp.Diff([]string{aliasARN, keyARN}, delivery.Keys(s.state())); diff != "" {
		t.Errorf("with keys (-want +got):\n%s", diff)
	}
	s.queue.Managed["KmsMasterKeyId"], s.dead.Managed["KmsMasterKeyId"] = "alias/aws/sqs", "arn:aws:kms:us-east-1:111122223333:key/k"
	s.topicHas("", "")
	if got := delivery.Keys(s.state()); len(got) != 0 {
		t.Errorf("of keys that need not be read: %v", got)
	}
}

func TestP17TheTopicsKey(t *testing.T) {
	own := policydoc.DefaultTopicStatement(topicARN, account).JSON()
	admits := func(principal, condition string) string {
		s := `{"Sid":"Theirs","Effect":"Allow","Principal":` + principal + `,"Action":"sns:Publish","Resource":"` + topicARN + `"`
		if condition != "" {
			s += `,"Condition":` + condition
		}
		return s + "}"
	}
	// topic has a key, which has a policy, and a policy of its own.
	topic := func(id string, k func(*testing.T) topology.Key, statements ...string) func(*testing.T, *seen) {
		return func(t *testing.T, s *seen) {
			t.Helper()
			s.topicHas(id, document(t, append([]string{own}, statements...)...).JSON())
			s.keys[topology.KeyARN(id, topicARN)] = k(t)
		}
	}
	const s3 = `{"Service":"s3.amazonaws.com"}`
	rule := `{"ArnEquals":{"aws:SourceArn":"arn:aws:events:eu-west-1:111122223333:rule/r"}}`
	check(t, map[string]verdictCase{
		"AWS's own, own account":            {topic("alias/aws/sns", policyOf()), "True", nil},
		"AWS's own, a service":              {topic("alias/aws/sns", policyOf(), admits(s3, "")), "False TopicKeyNotGrantable", []string{"s3.amazonaws.com", "alias/aws/sns", `"Action":["kms:GenerateDataKey*","kms:Decrypt"]`}},
		"AWS's own, another account":        {topic("alias/aws/sns", policyOf(), admits(`{"AWS":"arn:aws:iam::444455556666:root"}`, "")), "False TopicKeyNotGrantable", []string{stranger}},
		"AWS's own, everyone":               {topic("alias/aws/sns", policyOf(), admits(`"*"`, `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`)), "False TopicKeyNotGrantable", []string{"Theirs"}},
		"AWS's own, by the role's ARN":      {topic("alias/aws/sns", policyOf(), admits(`{"AWS":"*"}`, `{"ArnLike":{"aws:PrincipalArn":["arn:aws:iam::111122223333:role/shop","arn:aws:iam::111122223333:role/till-*"]}}`)), "True", nil},
		"AWS's own, by a strange role's":    {topic("alias/aws/sns", policyOf(), admits(`{"AWS":"*"}`, `{"ArnLike":{"aws:PrincipalArn":["arn:aws:iam::111122223333:role/shop","arn:aws:iam::444455556666:role/x"]}}`)), "False TopicKeyNotGrantable", []string{"Theirs"}},
		"AWS's own, by a role of anybody":   {topic("alias/aws/sns", policyOf(), admits(`{"AWS":"*"}`, `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/shop"}}`)), "False TopicKeyNotGrantable", []string{"Theirs"}},
		"AWS's own, who may only subscribe": {topic("alias/aws/sns", policyOf(), strings.Replace(admits(s3, ""), "Publish", "Subscribe", 1)), "True", nil},
		"AWS's own, a role of the account":  {topic("alias/aws/sns", policyOf(), admits(`{"AWS":"arn:aws:iam::111122223333:role/shop"}`, "")), "True", nil},
		"AWS's own, a service that is denied": {
			topic("alias/aws/sns", policyOf(), admits(s3, ""), `{"Effect":"Deny","Principal":`+s3+`,"Action":"sns:*","Resource":"`+topicARN+`"}`), "True", nil,
		},
		"own account":                {topic(keyARN, policyOf()), "True", nil},
		"a service that is admitted": {topic(keyARN, policyOf(letsUse(s3, "")), admits(s3, "")), "True", nil},
		"a service that is not":      {topic(keyARN, policyOf(), admits(s3, "")), "False TopicKeyDenied", []string{"s3.amazonaws.com", keyARN, `"AllowPublishers"`}},
		"several that are not": {
			topic(keyARN, policyOf(letsUse(`{"Service":"events.amazonaws.com"}`, "")), admits(s3, ""), admits(`{"Service":"events.amazonaws.com"}`, ""), admits(`{"AWS":"444455556666"}`, "")),
			"False TopicKeyDenied",
			[]string{`{"AWS":"444455556666","Service":"s3.amazonaws.com"}`, "the service s3.amazonaws.com (and 1 more)"},
		},
		"a service for the same source":  {topic(keyARN, policyOf(letsUse(`{"Service":"events.amazonaws.com"}`, rule)), admits(`{"Service":"events.amazonaws.com"}`, rule)), "True", nil},
		"a service for another source":   {topic(keyARN, policyOf(letsUse(`{"Service":"events.amazonaws.com"}`, rule)), admits(`{"Service":"events.amazonaws.com"}`, "")), "Unknown KeyUnknown", []string{"aws:SourceArn"}},
		"a service that is denied":       {topic(keyARN, policyOf(letsUse(s3, ""), `{"Sid":"Never","Effect":"Deny","Principal":`+s3+`,"Action":"*","Resource":"*"}`), admits(s3, "")), "False TopicKeyDenied", []string{"Never"}},
		"an account that is admitted":    {topic(keyARN, policyOf(letsUse(`{"AWS":"444455556666"}`, "")), admits(`{"AWS":"444455556666"}`, "")), "True", nil},
		"a role of an account that is":   {topic(keyARN, policyOf(letsUse(`{"AWS":"arn:aws:iam::444455556666:role/shop"}`, "")), admits(`{"AWS":"444455556666"}`, "")), "True", nil},
		"a role that is":                 {topic(keyARN, policyOf(letsUse(`{"AWS":"arn:aws:iam::444455556666:root"}`, "")), admits(`{"AWS":"arn:aws:iam::444455556666:role/shop"}`, "")), "True", nil},
		"a role that is not":             {topic(keyARN, policyOf(letsUse(`{"AWS":"arn:aws:iam::444455556666:role/other"}`, "")), admits(`{"AWS":"arn:aws:iam::444455556666:role/shop"}`, "")), "False TopicKeyDenied", []string{"role/shop"}},
		"through SNS":                    {topic(keyARN, policyOf(letsUse(`{"AWS":"*"}`, `{"StringEquals":{"kms:CallerAccount":"444455556666","kms:ViaService":"sns.eu-west-1.amazonaws.com"}}`)), admits(`{"AWS":"444455556666"}`, "")), "True", nil},
		"a user who was deleted":         {topic(keyARN, policyOf(), admits(`{"AWS":"AIDAEXAMPLEEXAMPLE12"}`, "")), "True", nil},
		"everyone, nobody in particular": {topic(keyARN, policyOf(), admits(`"*"`, `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`)), "True", nil},
		"disabled, own account":          {topic(keyARN, read(topology.Key{ARN: keyARN, State: "Disabled"})), "False KeyUnusable", []string{topicARN, "Disabled"}},
		"policy unread, own account":     {topic(keyARN, read(topology.Key{ARN: keyARN, State: "Enabled", Denied: "kms:GetKeyPolicy"})), "True", nil},
		"policy unread, a service":       {topic(keyARN, read(topology.Key{ARN: keyARN, State: "Enabled", Denied: "kms:GetKeyPolicy"}), admits(s3, "")), "Unknown KeyUnknown", []string{"kms:GetKeyPolicy", "s3.amazonaws.com"}},
		"of another account":             {topic("arn:aws:kms:eu-west-1:444455556666:key/k", policyOf()), "Unknown KeyUnknown", []string{stranger, "arn:aws:iam::111122223333:root"}},
		"the topic may not be read": {
			func(_ *testing.T, s *seen) { s.references[topicARN] = topology.Reference{} }, "Unknown KeyUnknown", []string{"sns:GetTopicAttributes"},
		},
		"the topic is gone": {func(_ *testing.T, s *seen) { s.references[topicARN] = topology.Reference{Existence: topology.Absent} }, "True", nil},
	})
}

// The statement that a message names is all that the key's policy lacks: with it, as it stands there, everything delivers.
func TestTheStatementThatAKeyLacksIsTheOne(t *testing.T) {
	second := "arn:aws:sns:eu-central-1:444455556666:theirs"
	others := func(_ *testing.T, s *seen) {
		s.others = append(s.others, topology.Resource{
			Kind: topology.KindSubscription, Key: topology.SubscriptionKey(second, queueARN), TopicARN: second, Endpoint: queueARN, Managed: map[string]string{},
			Seen: topology.Seen{Existence: topology.Present},
		})
		s.queue.Policy = policydoc.Document{Version: policydoc.Version, Statements: policydoc.Topics(queueARN, append(grants(), policydoc.TopicGrant{TopicARN: second, Principal: "sns.amazonaws.com"}))}
	}
	publishers := func(t *testing.T, s *seen) {
		t.Helper()
		var statements []string
		for _, principal := range []string{`{"Service":"s3.amazonaws.com"}`, `{"Service":"events.amazonaws.com"}`, `{"AWS":"444455556666"}`, `{"AWS":"arn:aws:iam::444455556666:role/shop"}`} {
			statements = append(statements, `{"Effect":"Allow","Principal":`+principal+`,"Action":"sns:Publish","Resource":"`+topicARN+`"}`)
		}
		s.topicHas(keyARN, document(t, statements...).JSON())
	}
	for name, change := range map[string]func(*testing.T, *seen){
		"one topic": withKey(keyARN, policyOf()), "topics of two accounts": others, "publishers": publishers,
	} {
		t.Run(name, func(t *testing.T) {
			s := well(t)
			if name != "publishers" {
				s.queue.Managed["KmsMasterKeyId"] = keyARN
			}
			s.keys[keyARN] = admitting(t)
			change(t, s)
			got := s.prove()
			_, statement, found := strings.Cut(got.Message, "add the statement ")
			if got.Status != "False" || !found {
				t.Fatalf("%+v", got)
			}
			s.keys[keyARN] = admitting(t, statement)
			for _, key := range s.subscriptions() {
				if got := delivery.Prove(s.state(), key); got.Status != "True" {
					t.Errorf("%s with %s: %+v", key, statement, got)
				}
			}
		})
	}
}
