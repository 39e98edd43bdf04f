package localaws

import (
	"encoding/json"
	"slices"
)

// What AddPermission and RemovePermission of queues and topics have in common: they change a policy statement by
// statement, and leave the others as they are.

// rawPolicy is a policy document whose statements are kept as they are.
type rawPolicy struct {
	Version   string        `json:"Version,omitempty"`
	ID        string        `json:"Id,omitempty"`
	Statement rawStatements `json:"Statement"`
}

// rawStatements are one statement or a list of them; they are written as a list.
type rawStatements []json.RawMessage

// UnmarshalJSON implements json.Unmarshaler.
func (l *rawStatements) UnmarshalJSON(data []byte) error {
	var many []json.RawMessage
	if json.Unmarshal(data, &many) != nil {
		many = []json.RawMessage{slices.Clone(data)}
	}
	*l = many
	return nil
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
