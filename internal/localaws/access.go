package localaws

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/skein-dev/skein/internal/policydoc"
)

// Who may do what. Every caller is an administrator of its own account, so there it may do everything that the
// resource's policy does not deny. In another account's resources it may do what that policy allows and does not deny
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html). A Deny
// binds the owner's users and roles too, for all operations: whoever denies everything to everyone has locked the
// queue.

// mayUseQueue returns an error unless the caller may carry out its operation on a queue.
func (s *Server) mayUseQueue(rq *request, q *queue, who access) error {
	if rq.unlocks(q) {
		return nil
	}
	d := s.judge(rq, q.attributes["Policy"], q.arn, q.account)
	if d.Allowed && (who == grantable || rq.caller.account == q.account) {
		return nil
	}
	action := strings.ToLower(rq.permission())
	err := sqsError("AccessDenied", "User: %s is not authorized to perform: %s on resource: %s %s",
		rq.caller.arn, action, q.arn, because(d, action))
	err.status, err.reason = http.StatusForbidden, d.Reason
	if d.Allowed {
		err.reason = "no policy can let another account do this"
	}
	return err
}

// mayUseTopic returns an error unless the caller may carry out its operation on a topic.
func (s *Server) mayUseTopic(rq *request, t *topic) error {
	d := s.judge(rq, t.attributes["Policy"], t.arn, t.account)
	if d.Allowed {
		return nil
	}
	action := strings.Replace(rq.permission(), "sns:", "SNS:", 1)
	err := newError("AuthorizationError", http.StatusForbidden,
		"User: %s is not authorized to perform: %s on resource: %s %s", rq.caller.arn, action, t.arn, because(d, action))
	err.reason = d.Reason
	return err
}

// because ends AWS's message about a refusal,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html.
func because(d policydoc.Decision, action string) string {
	if d.Denied {
		return "with an explicit deny in a resource-based policy"
	}
	return "because no resource-based policy allows the " + action + " action"
}

// unlocks says whether the root user of the queue's account looks at the queue's settings or changes them, which no
// queue policy can deny: so a locked queue is opened again, see
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html.
func (rq *request) unlocks(q *queue) bool {
	settings := rq.operation == "SetQueueAttributes" || rq.operation == "GetQueueAttributes"
	if !settings || rq.caller.account != q.account {
		return false
	}
	caller, _ := parseARN(rq.caller.arn)
	return caller.resource == "root"
}

// judge evaluates the policy of a resource for the caller of a request.
func (s *Server) judge(rq *request, policy, arn, owner string) policydoc.Decision {
	doc, own := s.policies.read(policy), rq.caller.account == owner
	if own && !doc.Denies() {
		return policydoc.Decision{Allowed: true}
	}
	d := doc.Evaluate(policydoc.Request{
		Principal: policydoc.Principal{Account: rq.caller.account, ARN: rq.caller.arn},
		Action:    rq.permission(), Resource: arn, Context: rq.conditionKeys(owner),
	})
	d.Allowed = d.Allowed || own && !d.Denied
	return d
}

// batchPermissions are the actions that need the permission of another: the operations on one message and on several
// are granted together, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html and
// https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html.
var batchPermissions = map[string]string{
	"sqs:SendMessageBatch":             "sqs:SendMessage",
	"sqs:DeleteMessageBatch":           "sqs:DeleteMessage",
	"sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
	"sns:PublishBatch":                 "sns:Publish",
}

// permission returns the IAM action that the request needs.
func (rq *request) permission() string {
	if single, ok := batchPermissions[rq.action()]; ok {
		return single
	}
	return rq.action()
}

// conditionKeys are the circumstances of a call that a caller makes itself. Keys that belong to calls of AWS services,
// such as aws:SourceArn, are absent.
func (rq *request) conditionKeys(owner string) map[string][]string {
	keys := map[string][]string{
		"aws:SecureTransport":       {strconv.FormatBool(rq.tls)},
		"aws:PrincipalAccount":      {rq.caller.account},
		"aws:PrincipalArn":          {rq.caller.arn},
		"aws:PrincipalIsAWSService": {"false"},
		"aws:ViaAWSService":         {"false"},
		"aws:userid":                {rq.caller.userID},
		"aws:SourceOwner":           {rq.caller.account},
		"aws:ResourceAccount":       {owner},
		"aws:RequestedRegion":       {rq.region},
		"aws:CurrentTime":           {rq.now.UTC().Format(time.RFC3339)},
		"aws:EpochTime":             {strconv.FormatInt(rq.now.Unix(), 10)},
	}
	caller, _ := parseARN(rq.caller.arn)
	if name, isUser := strings.CutPrefix(caller.resource, "user/"); isUser {
		keys["aws:username"] = []string{name[strings.LastIndex(name, "/")+1:]}
	}
	if in, ok := rq.input.(*subscribeInput); ok {
		keys["sns:Endpoint"], keys["sns:Protocol"] = []string{in.Endpoint}, []string{in.Protocol}
	}
	return keys
}

// mayDeliver says whether SNS may put a message of a topic into a queue. SNS comes as a service: with a principal that
// the two regions decide, and with the topic and its account as the source. It is allowed only what the queue's policy
// allows, in the topic's own account too
// (https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html).
func (s *Server) mayDeliver(q *queue, topicARN, topicAccount, topicRegion string) policydoc.Decision {
	principal, ok := policydoc.ServicePrincipal(topicRegion, q.region)
	if !ok {
		return policydoc.Decision{Reason: "SNS does not deliver from " + topicRegion + " to " + q.region}
	}
	if q.attributes["Policy"] == "" {
		return policydoc.Decision{Reason: "queue " + q.arn + " has no policy"}
	}
	return s.policies.read(q.attributes["Policy"]).Evaluate(policydoc.Request{
		Principal: policydoc.Principal{Service: principal}, Action: "sqs:SendMessage", Resource: q.arn,
		Context: serviceKeys(principal, topicARN, topicAccount),
	})
}

// serviceKeys are the circumstances of a call that an AWS service makes for a resource,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.
func serviceKeys(principal, sourceARN, sourceAccount string) map[string][]string {
	return map[string][]string{
		"aws:SourceArn":             {sourceARN},
		"aws:SourceAccount":         {sourceAccount},
		"aws:SecureTransport":       {"true"},
		"aws:PrincipalIsAWSService": {"true"},
		"aws:PrincipalServiceName":  {principal},
		"aws:ViaAWSService":         {"false"},
	}
}
