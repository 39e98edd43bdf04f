package localaws

import (
	"encoding/json"
	"slices"
)

type addTopicPermissionInput struct {
	topicRef
	Label      string
	Accounts   []string `json:"AWSAccountId"`
	ActionName []string
}

// addTopicPermission: recorded cases test_topic_add_permission and test_add_permission_errors.
func (s *Server) addTopicPermission(rq *request, in *addTopicPermissionInput) (*nothing, error) {
	t, err := s.topic(rq, in.topicRef)
	if err != nil {
		return nil, err
	}
	switch {
	case in.Label == "":
		return nil, snsMissing("Label")
	case len(in.Accounts) == 0:
		return nil, snsMissing("AWSAccountId")
	case len(in.ActionName) == 0:
		return nil, snsMissing("ActionName")
	}
	if slices.ContainsFunc(in.ActionName, func(name string) bool { return notOfTopic("sns:" + name) }) {
		return nil, snsInvalid("Policy statement action out of service scope!")
	}
	var policy rawPolicy
	_ = json.Unmarshal([]byte(t.attributes["Policy"]), &policy)
	if policy.labelled(in.Label) >= 0 {
		return nil, snsInvalid("Statement already exists")
	}
	policy.Statement = append(policy.Statement, newGrant(in.Label, "SNS:", t.arn, in.Accounts, in.ActionName))
	return s.storeTopicPolicy(t, policy)
}

type removeTopicPermissionInput struct {
	topicRef
	Label string
}

// removeTopicPermission takes an unknown label for done.
func (s *Server) removeTopicPermission(rq *request, in *removeTopicPermissionInput) (*nothing, error) {
	t, err := s.topic(rq, in.topicRef)
	if err != nil {
		return nil, err
	}
	var policy rawPolicy
	_ = json.Unmarshal([]byte(t.attributes["Policy"]), &policy)
	if at := policy.labelled(in.Label); at >= 0 {
		policy.Statement = slices.Delete(policy.Statement, at, at+1)
	}
	return s.storeTopicPolicy(t, policy)
}

func (s *Server) storeTopicPolicy(t *topic, policy rawPolicy) (*nothing, error) {
	text, _ := json.Marshal(policy)
	if len(policy.Statement) > 0 {
		if fault := topicPolicyFault(string(text), t.arn); fault != "" {
			return nil, snsInvalid("%s", fault)
		}
	}
	next := t.clone()
	next.attributes["Policy"] = string(text)
	s.topics.put(next.arn, next)
	return &nothing{}, nil
}
