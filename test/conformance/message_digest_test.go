package conformance

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func md5Of(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// md5OfAttributes follows the steps of
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation.
func md5OfAttributes(attributes map[string]sqstypes.MessageAttributeValue) string {
	var encoded []byte
	add := func(part []byte) {
		encoded = binary.BigEndian.AppendUint32(encoded, uint32(len(part)))
		encoded = append(encoded, part...)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		add([]byte(name))
		add([]byte(aws.ToString(a.DataType)))
		if strings.HasPrefix(aws.ToString(a.DataType), "Binary") {
			encoded = append(encoded, 2)
			add(a.BinaryValue)
		} else {
			encoded = append(encoded, 1)
			add([]byte(aws.ToString(a.StringValue)))
		}
	}
	return md5Of(string(encoded))
}

// plain gives message attributes as text: type, then value.
func plain(attributes map[string]sqstypes.MessageAttributeValue) map[string]string {
	texts := map[string]string{}
	for name, a := range attributes {
		texts[name] = aws.ToString(a.DataType) + " " + aws.ToString(a.StringValue) + hex.EncodeToString(a.BinaryValue)
	}
	return texts
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
