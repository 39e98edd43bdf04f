package localaws

import (
	"encoding/json"
	"slices"
)

// rawPolicy is a policy document whose statements are kept as they are.
type rawPolicy struct {
	Version   string            `json:"Version"`
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage `json:"Statement"`
}

// grantStatement is a statement as AddPermission writes it.
type grantStatement struct {
	Sid       string
	Effect    string
	Principal struct{ AWS any }
	Action    any
	Resource  string
}

// newGrant allows accounts the actions on a resource; prefix is SQS: or SNS:.
func newGrant(label, prefix, resource string, accounts, actions []string) json.RawMessage {
	region, _ := parseARN(resource)
	principals, names := make([]string, len(accounts)), make([]string, len(actions))
	for i, account := range accounts {
		principals[i] = "arn:" + region.partition + ":iam::" + account + ":root"
	}
	for i, action := range actions {
		names[i] = prefix + action
	}
	st := grantStatement{Sid: label, Effect: "Allow", Action: oneOrMany(names), Resource: resource}
	st.Principal.AWS = oneOrMany(principals)
	text, _ := json.Marshal(st)
	return text
}

// oneOrMany writes a list of one as a plain string, as AWS does.
func oneOrMany(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// labelled returns the position of the statement with a Sid, -1 for none.
func (p rawPolicy) labelled(label string) int {
	return slices.IndexFunc(p.Statement, func(raw json.RawMessage) bool {
		var st struct{ Sid string }
		return json.Unmarshal(raw, &st) == nil && st.Sid == label
	})
}

type addQueuePermissionInput struct {
	queueRef
	Label    string
	Accounts []string `json:"AWSAccountIds"`
	Actions  []string
}

// addQueuePermission: recorded cases test_sqs_permission_lifecycle.
func (s *Server) addQueuePermission(rq *request, in *addQueuePermissionInput) (*nothing, error) {
	q, err := s.queue(rq, in.queueRef, ownerOnly)
	if err != nil {
		return nil, err
	}
	switch {
	case in.Label == "":
		return nil, missingParameter("Label")
	case !validName(in.Label, 80):
		return nil, invalidValue(in.Label, "Label", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	case len(in.Accounts) == 0:
		return nil, missingParameter("AWSAccountId")
	case len(in.Actions) == 0:
		return nil, missingParameter("ActionName")
	}
	policy := rawPolicy{Version: "2008-10-17", ID: q.arn + "/" + in.Label}
	if text := q.attributes["Policy"]; text != "" {
		if err := readQueuePolicy(text, &policy); err != nil {
			return nil, err
		}
	}
	if policy.labelled(in.Label) >= 0 {
		return nil, invalidValue(in.Label, "Label", "Already exists.")
	}
	policy.Statement = append(policy.Statement, newGrant(in.Label, "SQS:", q.arn, in.Accounts, in.Actions))
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
	var policy rawPolicy
	if text := q.attributes["Policy"]; text != "" {
		if err := readQueuePolicy(text, &policy); err != nil {
			return nil, err
		}
	}
	at := policy.labelled(in.Label)
	if at < 0 {
		return nil, invalidValue(in.Label, "Label", "can't find label.")
	}
	policy.Statement = slices.Delete(policy.Statement, at, at+1)
	return s.storeQueuePolicy(rq, q, policy)
}

// readQueuePolicy takes a stored policy apart; one whose Statement is no list cannot be extended.
func readQueuePolicy(text string, policy *rawPolicy) error {
	if json.Unmarshal([]byte(text), policy) != nil {
		return invalidAttribute("Policy", "")
	}
	return nil
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
