/* Serves a SavedModel with libtensorflow's C interface, without Python:
 *
 *     serve EXPORT OPERATION OUTPUT BATCH ROWS < float32 values > float32 values
 *
 * OPERATION and OUTPUT are the names that the signature has in the graph (saved_model_cli show), ROWS the sizes of one
 * example with commas between, as in 8,8,1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorflow/c/c_api.h"

static void check(TF_Status *status, const char *what) {
  if (TF_GetCode(status) == TF_OK) return;
  fprintf(stderr, "%s: %s\n", what, TF_Message(status));
  exit(1);
}

/* "name:1" → operation and index. */
static TF_Output output_of(TF_Graph *graph, char *name) {
  char *colon = strchr(name, ':');
  int index = colon ? atoi(colon + 1) : 0;
  if (colon) *colon = 0;
  TF_Output found = {TF_GraphOperationByName(graph, name), index};
  if (!found.oper) {
    fprintf(stderr, "the graph has no %s\n", name);
    exit(1);
  }
  return found;
}

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr, "usage: serve EXPORT INPUT OUTPUT BATCH SIZES\n");
    return 2;
  }
  int64_t shape[8] = {atoll(arguments[4])};
  size_t values = (size_t)shape[0];
  int dimensions = 1;
  for (char *size = strtok(arguments[5], ","); size && dimensions < 8; size = strtok(NULL, ","))
    values *= (size_t)(shape[dimensions++] = atoll(size));

  TF_Status *status = TF_NewStatus();
  TF_Graph *graph = TF_NewGraph();
  TF_SessionOptions *options = TF_NewSessionOptions();
  const char *tags[] = {"serve"};
  TF_Session *session = TF_LoadSessionFromSavedModel(options, NULL, arguments[1], tags, 1, graph, NULL, status);
  check(status, "loading");

  TF_Tensor *given = TF_AllocateTensor(TF_FLOAT, shape, dimensions, values * sizeof(float));
  if (fread(TF_TensorData(given), sizeof(float), values, stdin) != values) {
    fprintf(stderr, "fewer than %zu values on standard input\n", values);
    return 1;
  }
  TF_Output input = output_of(graph, arguments[2]), output = output_of(graph, arguments[3]);
  TF_Tensor *answer = NULL;
  TF_SessionRun(session, NULL, &input, &given, 1, &output, &answer, 1, NULL, 0, NULL, status);
  check(status, "running");
  fwrite(TF_TensorData(answer), 1, TF_TensorByteSize(answer), stdout);

  TF_DeleteTensor(given);
  TF_DeleteTensor(answer);
  TF_CloseSession(session, status);
  TF_DeleteSession(session, status);
  TF_DeleteSessionOptions(options);
  TF_DeleteGraph(graph);
  TF_DeleteStatus(status);
  return 0;
}
