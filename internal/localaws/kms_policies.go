package localaws

import (
	"fmt"
	"slices"

	"github.com/skein-dev/skein/internal/policydoc"
)

// maxKeyPolicyBytes: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html.
const maxKeyPolicyBytes = 32 << 10

// defaultKeyPolicy gives the key to the callers of its account,
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html.
func defaultKeyPolicy(k *kmsKey) string {
	return fmt.Sprintf(`{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:%s:iam::%s:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`, policydoc.Partition(k.region), k.account)
}

// managedKeyPolicy lets the account's callers use the key through the one service that AWS manages it for, and look at
// it. It cannot be changed and admits no service by itself, so SNS cannot deliver to a queue with alias/aws/sqs, see
// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key.
func managedKeyPolicy(k *kmsKey, service string) string {
	return fmt.Sprintf(`{
  "Version" : "2012-10-17",
  "Id" : "auto-%[1]s-2",
  "Statement" : [ {
    "Sid" : "Allow access through %[1]s for all principals in the account that are authorized to use %[1]s",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "*"
    },
    "Action" : [ "kms:Decrypt", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {
      "StringEquals" : {
        "kms:CallerAccount" : "%[2]s",
        "kms:ViaService" : "%[1]s.%[3]s.amazonaws.com"
      }
    }
  }, {
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:%[4]s:iam::%[2]s:root"
    },
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant" ],
    "Resource" : "*"
  } ]
}`, service, k.account, k.region, policydoc.Partition(k.region))
}

// checkKeyPolicy says why KMS would not give a key its policy. Unless the check is bypassed, the caller must be able
// to change the policy again.
func (s *Server) checkKeyPolicy(rq *request, k *kmsKey, bypass bool) error {
	doc, ok := parsePolicy(k.policy)
	switch {
	case len(k.policy) > maxKeyPolicyBytes:
		return kmsError("LimitExceededException", "Key policies are limited to %d bytes", maxKeyPolicyBytes)
	case !ok:
		return kmsError("MalformedPolicyDocumentException", "The new key policy is not valid.")
	case slices.ContainsFunc(doc.Statements, principalUnknown):
		return kmsError("MalformedPolicyDocumentException",
			"Policy contains a statement with one or more invalid principals.")
	case bypass:
		return nil
	}
	err := s.judgeKey(k, policydoc.Request{
		Principal: policydoc.Principal{Account: rq.caller.account, ARN: rq.caller.arn},
		Action:    "kms:PutKeyPolicy", Context: rq.conditionKeys(k.account),
	})
	if err != nil {
		return kmsError("MalformedPolicyDocumentException",
			"The new key policy will not allow you to update the key policy in the future.")
	}
	return nil
}

type getKeyPolicyInput struct {
	keyRef
	PolicyName string
}

// A key has one policy, and its name is default.
const keyPolicyName = "default"

func checkPolicyName(name string) error {
	if name == "" || name == keyPolicyName {
		return nil
	}
	return kmsError("NotFoundException", "No such policy exists")
}

type keyPolicyOutput struct{ Policy, PolicyName string }

func (s *Server) getKeyPolicy(rq *request, in *getKeyPolicyInput) (*keyPolicyOutput, error) {
	k, err := s.key(rq, in.KeyID)
	if err != nil {
		return nil, err
	}
	if err := checkPolicyName(in.PolicyName); err != nil {
		return nil, err
	}
	return &keyPolicyOutput{Policy: k.policy, PolicyName: keyPolicyName}, nil
}

type putKeyPolicyInput struct {
	keyRef
	PolicyName, Policy             string
	BypassPolicyLockoutSafetyCheck bool
}

func (s *Server) putKeyPolicy(rq *request, in *putKeyPolicyInput) (*nothing, error) {
	k, err := s.key(rq, in.KeyID)
	if err != nil {
		return nil, err
	}
	if in.Policy == "" {
		return nil, kmsMissing("policy")
	}
	if err := checkPolicyName(in.PolicyName); err != nil {
		return nil, err
	}
	next := k.clone()
	next.policy = in.Policy
	if err := s.checkKeyPolicy(rq, next, in.BypassPolicyLockoutSafetyCheck); err != nil {
		return nil, err
	}
	s.kmsKeys.put(next.arn, next)
	return &nothing{}, nil
}

type listKeyPoliciesOutput struct {
	PolicyNames []string
	Truncated   bool
}

func (s *Server) listKeyPolicies(rq *request, in *keyRef) (*listKeyPoliciesOutput, error) {
	if _, err := s.key(rq, in.KeyID); err != nil {
		return nil, err
	}
	return &listKeyPoliciesOutput{PolicyNames: []string{keyPolicyName}}, nil
}
