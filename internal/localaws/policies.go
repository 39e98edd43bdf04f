package localaws

import (
	"regexp"
	"slices"
	"strings"

	"github.com/skein-dev/skein/internal/policydoc"
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

// parsePolicy reads a policy document; ok is false for what no service takes.
func parsePolicy(text string) (doc policydoc.Document, ok bool) {
	doc, err := policydoc.Parse(text)
	if err != nil || len(doc.Statements) == 0 || !slices.Contains([]string{"", "2008-10-17", "2012-10-17"}, doc.Version) {
		return doc, false
	}
	return doc, !slices.ContainsFunc(doc.Statements, malformed)
}

// malformed reports whether a statement breaks the grammar: it has one each of the parts that exclude each other, see
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
func malformed(st policydoc.Statement) bool {
	wellFormed := (st.Effect == "Allow" || st.Effect == "Deny") &&
		(members(st.Principal) > 0) != (members(st.NotPrincipal) > 0) &&
		(len(st.Action) > 0) != (len(st.NotAction) > 0) && (len(st.Resource) > 0) != (len(st.NotResource) > 0)
	for operator := range st.Condition {
		wellFormed = wellFormed && policydoc.KnownOperator(operator)
	}
	return !wellFormed
}

// members counts principals.
func members(p policydoc.Principals) int {
	n := 0
	for _, list := range p {
		n += len(list)
	}
	return n
}

// principalUnknown reports whether a statement names a principal that cannot exist. Services look principals up when a
// policy is set; here every well-formed one exists. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html.
func principalUnknown(st policydoc.Statement) bool {
	for _, principals := range []policydoc.Principals{st.Principal, st.NotPrincipal} {
		for kind, list := range principals {
			if kind == "AWS" && slices.ContainsFunc(list, notAPrincipal) ||
				kind == "Service" && slices.ContainsFunc(list, notAService) {
				return true
			}
		}
	}
	return false
}

// notAPrincipal refuses all but everyone, accounts, ARNs of IAM and STS without wildcards, and the unique ids that stand
// for deleted users and roles.
func notAPrincipal(member string) bool {
	if member == "*" || isAccountID(member) || uniqueID.MatchString(member) {
		return false
	}
	arn, ok := parseARN(member)
	kind, name, named := strings.Cut(arn.resource, "/")
	known := arn.resource == "root" || named && name != "" &&
		slices.Contains([]string{"user", "role", "assumed-role", "federated-user"}, kind)
	return !ok || arn.service != "iam" && arn.service != "sts" || !isAccountID(arn.account) || !known ||
		strings.ContainsAny(member, "*?")
}

var uniqueID = regexp.MustCompile(`^A[A-Z]{3}[A-Z0-9]{12,}$`)

func notAService(member string) bool {
	name := strings.TrimSuffix(member, ".cn")
	return member != "*" && !strings.HasSuffix(name, ".amazonaws.com")
}

// policyCache keeps documents that were read, by their text: those of queues and topics are evaluated for every message.
type policyCache map[string]policydoc.Document

// maxCachedPolicies bounds the cache; a text has at most 32 KiB.
const maxCachedPolicies = 1000

// read returns a document that a service has taken before. Absence is an empty one.
func (c *policyCache) read(text string) policydoc.Document {
	if doc, ok := (*c)[text]; ok {
		return doc
	}
	if *c == nil || len(*c) >= maxCachedPolicies {
		*c = policyCache{}
	}
	doc, _ := parsePolicy(text)
	(*c)[text] = doc
	return doc
}

// validQueuePolicy reports whether SQS takes a policy. It does not look at the resource (recorded case
// test_set_queue_policy/assert-resource-not-checked-against-queue).
func validQueuePolicy(text string) bool {
	doc, ok := parsePolicy(text)
	if !ok || len(text) > maxQueuePolicyBytes || len(doc.Statements) > maxQueuePolicyStatements ||
		slices.ContainsFunc(doc.Statements, principalUnknown) {
		return false
	}
	principals, conditions := 0, 0
	for _, st := range doc.Statements {
		principals += members(st.Principal) + members(st.NotPrincipal)
		for _, keys := range st.Condition {
			conditions += len(keys)
		}
		actions := append(slices.Clone(st.Action), st.NotAction...)
		if len(actions) > maxQueuePolicyActions || slices.ContainsFunc(actions, notOfSQS) {
			return false
		}
	}
	return principals <= maxQueuePolicyPrincipals && conditions <= maxQueuePolicyConditions*len(doc.Statements)
}

func notOfSQS(action string) bool {
	return action != "*" && !strings.HasPrefix(strings.ToLower(action), "sqs:")
}

// topicPolicyFault says why SNS would refuse a policy for a topic, empty for not at all. Recorded case
// test_add_permission_errors/invalid-action.
func topicPolicyFault(text, topicARN string) string {
	doc, ok := parsePolicy(text)
	if !ok || len(text) > maxTopicPolicyBytes || len(doc.Statements) > maxTopicPolicyStatements {
		return "Policy Error: null"
	}
	if slices.ContainsFunc(doc.Statements, principalUnknown) {
		return "Policy Error: PrincipalNotFound"
	}
	sids := map[string]bool{}
	for _, st := range doc.Statements {
		if slices.ContainsFunc(append(slices.Clone(st.Action), st.NotAction...), notOfTopic) {
			return "Policy statement action out of service scope!"
		}
		if !slices.Equal(st.Resource, []string{topicARN}) {
			return "Policy statement resource must be the topic"
		}
		if members(st.Principal)+members(st.NotPrincipal) > maxTopicPolicyPrincipals {
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
