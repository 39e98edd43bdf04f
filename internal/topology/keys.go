package topology

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/skein-dev/skein/internal/policydoc"
)

// Key is what was read of a KMS key.
type Key struct {
	// ARN of the key itself, where it is named by an alias too.
	ARN string
	// AWSManaged keys are AWS's own, one for each service: their policies cannot be changed.
	AWSManaged bool
	// State is the key state, such as Enabled or PendingDeletion.
	State string
	// Spec is the kind of key, such as SYMMETRIC_DEFAULT.
	Spec string
	// Policy of a key that is not AWSManaged.
	Policy policydoc.Document
	// Missing says that there is no such key.
	Missing bool
	// Denied is the permission that is missing to read the key; empty where none is.
	Denied string
	// Unread says why else the key or its policy could not be read; empty where it could.
	Unread string
}

// awsManagedAlias begins the names of the aliases of AWS's own keys.
const awsManagedAlias = "alias/aws/"

// KeyARN writes the KmsMasterKeyId of a queue or topic as an ARN: what is no ARN means a key or alias of the resource's own account and
// region (https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id). Empty where the resource has none.
func KeyARN(keyID, resourceARN string) string {
	a, err := arn.Parse(resourceARN)
	if keyID == "" || err != nil {
		return ""
	}
	if arn.IsARN(keyID) {
		return keyID
	}
	a.Service, a.Resource = "kms", keyID
	if !strings.HasPrefix(keyID, "alias/") {
		a.Resource = "key/" + keyID
	}
	return a.String()
}

// NamesAWSManagedKey says whether an ARN is that of an alias of one of AWS's own keys, such as alias/aws/sqs: to know that, nothing need be read.
func NamesAWSManagedKey(keyARN string) bool {
	a, err := arn.Parse(keyARN)
	return err == nil && strings.HasPrefix(a.Resource, awsManagedAlias)
}
