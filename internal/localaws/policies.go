package localaws

import (
	"encoding/json"
	"slices"
	"strings"
)

// Limits of queue policies,
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html.
const (
	maxQueuePolicyBytes      = 8192
	maxQueuePolicyStatements = 20
	maxQueuePolicyPrincipals = 50
	maxQueuePolicyActions    = 7
	maxQueuePolicyConditions = 10
)

// Limits of topic policies,
// https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html.
const (
	maxTopicPolicyBytes      = 30 << 10
	maxTopicPolicyStatements = 100
	maxTopicPolicyPrincipals = 200
)

// topicPolicyActions are the actions that a topic policy may name, from the same page.
var topicPolicyActions = []string{
	"addpermission", "deletetopic", "getdataprotectionpolicy", "gettopicattributes",
	"listsubscriptionsbytopic", "listtagsforresource", "publish", "putdataprotectionpolicy", "receive",
	"removepermission", "settopicattributes", "subscribe",
}

// policyDocument is a resource policy as far as the services look into it.
type policyDocument struct {
	Version   string
	ID        string `json:"Id"`
	Statement policyStatements
}

// policyStatements is one statement or a list of them.
type policyStatements []policyStatement

// UnmarshalJSON implements json.Unmarshaler.
func (l *policyStatements) UnmarshalJSON(data []byte) error {
	var many []policyStatement
	if json.Unmarshal(data, &many) == nil {
		*l = many
		return nil
	}
	var one policyStatement
	err := json.Unmarshal(data, &one)
	*l = policyStatements{one}
	return err
}

type policyStatement struct {
	Sid, Effect             string
	Principal, NotPrincipal *policyPrincipal
	Action, NotAction       stringList
	Resource, NotResource   stringList
	Condition               map[string]map[string]any
}

// policyPrincipal is "*" or lists of principals by kind.
type policyPrincipal struct {
	everyone bool
	kinds    map[string]stringList
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *policyPrincipal) UnmarshalJSON(data []byte) error {
	p.everyone = string(data) == `"*"`
	if p.everyone {
		return nil
	}
	return json.Unmarshal(data, &p.kinds)
}

func (p *policyPrincipal) count() int {
	if p == nil {
		return 0
	}
	n := 0
	if p.everyone {
		n = 1
	}
	for _, members := range p.kinds {
		n += len(members)
	}
	return n
}

// parsePolicy reads a policy document; ok is false for what no service takes.
func parsePolicy(text string) (doc policyDocument, ok bool) {
	if json.Unmarshal([]byte(text), &doc) != nil || len(doc.Statement) == 0 {
		return doc, false
	}
	if !slices.Contains([]string{"", "2008-10-17", "2012-10-17"}, doc.Version) {
		return doc, false
	}
	for _, st := range doc.Statement {
		wellFormed := (st.Effect == "Allow" || st.Effect == "Deny") &&
			st.Principal.count()+st.NotPrincipal.count() > 0 &&
			len(st.Action)+len(st.NotAction) > 0 && len(st.Resource)+len(st.NotResource) > 0
		if !wellFormed {
			return doc, false
		}
	}
	return doc, true
}

// validQueuePolicy reports whether SQS takes a policy. It does not look at the resource (recorded case
// test_set_queue_policy/assert-resource-not-checked-against-queue).
func validQueuePolicy(text string) bool {
	doc, ok := parsePolicy(text)
	if !ok || len(text) > maxQueuePolicyBytes || len(doc.Statement) > maxQueuePolicyStatements {
		return false
	}
	principals, conditions := 0, 0
	for _, st := range doc.Statement {
		principals += st.Principal.count() + st.NotPrincipal.count()
		for _, keys := range st.Condition {
			conditions += len(keys)
		}
		actions := append(slices.Clone(st.Action), st.NotAction...)
		if len(actions) > maxQueuePolicyActions || slices.ContainsFunc(actions, notOfSQS) {
			return false
		}
	}
	return principals <= maxQueuePolicyPrincipals && conditions <= maxQueuePolicyConditions*len(doc.Statement)
}

func notOfSQS(action string) bool {
	return action != "*" && !strings.HasPrefix(strings.ToLower(action), "sqs:")
}

// topicPolicyFault says why SNS would refuse a policy for a topic, empty for not at all. Recorded case
// test_add_permission_errors/invalid-action.
func topicPolicyFault(text, topicARN string) string {
	doc, ok := parsePolicy(text)
	if !ok || len(text) > maxTopicPolicyBytes || len(doc.Statement) > maxTopicPolicyStatements {
		return "Policy Error: null"
	}
	sids := map[string]bool{}
	for _, st := range doc.Statement {
		if slices.ContainsFunc(append(slices.Clone(st.Action), st.NotAction...), notOfTopic) {
			return "Policy statement action out of service scope!"
		}
		if !slices.Equal(st.Resource, stringList{topicARN}) {
			return "Policy statement resource must be the topic"
		}
		if st.Principal.count()+st.NotPrincipal.count() > maxTopicPolicyPrincipals {
			return "Policy statement has too many principals"
		}
		if st.Sid != "" && sids[st.Sid] {
			return "Policy statement ids must be unique"
		}
		sids[st.Sid] = true
	}
	return ""
}

func notOfTopic(action string) bool {
	service, name, _ := strings.Cut(strings.ToLower(action), ":")
	return service != serviceSNS || !slices.Contains(topicPolicyActions, name)
}
