package localaws

import (
	"encoding/json"
	"net/http"
	"slices"
)

type addQueuePermissionInput struct {
	queueRef
	Label    string
	Accounts []string `json:"AWSAccountIds"`
	Actions  []string
}

// Actions that AddPermission can grant, and those that it cannot because they stay with the owner, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html.
var (
	grantableActions = []string{
		"*", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues",
		"PurgeQueue", "ReceiveMessage", "SendMessage",
	}
	ownerActions = []string{
		"AddPermission", "CancelMessageMoveTask", "CreateQueue", "DeleteQueue", "ListMessageMoveTasks", "ListQueueTags",
		"ListQueues", "RemovePermission", "SetQueueAttributes", "StartMessageMoveTask", "TagQueue", "UntagQueue",
	}
)

// check says why AWS would not add such a permission to any queue.
func (in *addQueuePermissionInput) check() error {
	switch {
	case in.Label == "":
		return missingParameter("Label")
	case !validName(in.Label, 80):
		return invalidValue(in.Label, "Label", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	case len(in.Accounts) == 0:
		return missingParameter("AWSAccountIds")
	case len(in.Actions) == 0:
		return missingParameter("ActionName")
	case len(in.Actions) > maxQueuePolicyActions:
		return permissionsOverLimit("Actions", len(in.Actions), maxQueuePolicyActions)
	}
	for _, account := range in.Accounts {
		if !isAccountID(account) {
			return invalidValue("["+account+"]", "PrincipalId", "Unable to verify.")
		}
	}
	for _, action := range in.Actions {
		if slices.Contains(ownerActions, action) {
			return invalidValue("SQS:"+action, "ActionName", "Only the queue owner is allowed to invoke this action.")
		}
		if !slices.Contains(grantableActions, action) {
			return invalidValue("SQS:"+action, "ActionName", "Please refer to the appropriate WSDL for a list of valid actions.")
		}
	}
	return nil
}

func permissionsOverLimit(what string, found, allowed int) error {
	err := sqsError("OverLimit", "%d %s were found, maximum allowed is %d.", found, what, allowed)
	err.status = http.StatusForbidden
	return err
}

// checkQueuePolicy says why SQS would not take a policy document for a queue.
func checkQueuePolicy(text string) error {
	if doc, ok := parsePolicy(text); ok && len(doc.Statements) > maxQueuePolicyStatements {
		err := sqsError("OverLimit", "%d statements were found in the submitted policy, max allowed is %d",
			len(doc.Statements), maxQueuePolicyStatements)
		err.status = http.StatusForbidden
		return err
	}
	if !validQueuePolicy(text) {
		return invalidAttribute("Policy", "")
	}
	return nil
}

// addQueuePermission: recorded cases test_sqs_permission_lifecycle. The same permission again changes nothing.
func (s *Server) addQueuePermission(rq *request, in *addQueuePermissionInput) (*nothing, error) {
	q, err := s.queue(rq, in.queueRef, ownerOnly)
	if err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	policy, err := readQueuePolicy(q)
	if err != nil {
		return nil, err
	}
	grant := newGrant(in.Label, "SQS:", q.arn, in.Accounts, in.Actions)
	if at := policy.labelled(in.Label); at >= 0 {
		if !sameJSON(string(policy.Statement[at]), string(grant)) {
			return nil, invalidValue(in.Label, "Label", "Already exists.")
		}
		return &nothing{}, nil
	}
	policy.Statement = append(policy.Statement, grant)
	if n := len(policy.Statement); n > maxQueuePolicyStatements {
		return nil, permissionsOverLimit("Statements", n, maxQueuePolicyStatements)
	}
	return s.storeQueuePolicy(rq, q, policy)
}

type removeQueuePermissionInput struct {
	queueRef
	Label string
}

func (s *Server) removeQueuePermission(rq *request, in *removeQueuePermissionInput) (*nothing, error) {
	q, err := s.queue(rq, in.queueRef, ownerOnly)
	if err != nil {
		return nil, err
	}
	policy, err := readQueuePolicy(q)
	if err != nil {
		return nil, err
	}
	at := policy.labelled(in.Label)
	if at < 0 {
		return nil, invalidValue(in.Label, "Label", "can't find label.")
	}
	policy.Statement = slices.Delete(policy.Statement, at, at+1)
	return s.storeQueuePolicy(rq, q, policy)
}

// readQueuePolicy takes the policy of a queue apart; without one it returns that to which AddPermission adds.
func readQueuePolicy(q *queue) (policy rawPolicy, err error) {
	text := q.attributes["Policy"]
	if text == "" {
		return rawPolicy{Version: "2008-10-17", ID: q.arn + "/SQSDefaultPolicy"}, nil
	}
	if json.Unmarshal([]byte(text), &policy) != nil {
		return policy, invalidAttribute("Policy", "")
	}
	return policy, nil
}

// storeQueuePolicy keeps a changed policy; one without statements goes.
func (s *Server) storeQueuePolicy(rq *request, q *queue, policy rawPolicy) (*nothing, error) {
	next := q.clone()
	next.modified = rq.now
	delete(next.attributes, "Policy")
	if len(policy.Statement) > 0 {
		text, _ := json.Marshal(policy)
		if !validQueuePolicy(string(text)) {
			return nil, sqsError("OverLimit", "The policy would exceed the limits of queue policies.")
		}
		next.attributes["Policy"] = string(text)
	}
	s.queues.put(next.arn, next)
	return &nothing{}, nil
}
