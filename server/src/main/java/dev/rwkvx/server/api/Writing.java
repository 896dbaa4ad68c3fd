package dev.rwkvx.server.api;

import dev.rwkvx.generate.Sampler;
import dev.rwkvx.generate.TokenConstraint;
import dev.rwkvx.server.http.ApiException;
import dev.rwkvx.server.schedule.Deadline;
import dev.rwkvx.server.schedule.Reading;
import dev.rwkvx.server.schedule.Writer;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Texts that are written behind prompts.
 *
 * @param scores of the prompts' own tokens, where they are asked for; else empty
 */
record Writing(Service service, Parameters parameters, List<Scores> scores)
    implements Answering.Worker {
  /**
   * Hands in prompts behind which texts are written.
   *
   * @param write false when the prompts are only read
   * @throws ApiException when the server is busy or a parameter cannot be used
   */
  Answering begin(List<Prompt> prompts, boolean write) {
    int batch = service.options().limits().batch();
    int choices = parameters.choices();
    if (choices > batch) {
      throw ApiException.badRequest(
          "n", "'n' is %d; this server writes at most %d texts at once".formatted(choices, batch));
    }
    parameters.sampling().logitBias().keySet().forEach(this::check);
    long bytes =
        Estimates.prompts(prompts)
            + (write
                ? Estimates.texts(service, parameters, (long) prompts.size() * choices, batch)
                : 0)
            + (scores.isEmpty() ? 0 : Estimates.scores(prompts, parameters));
    Answering.Work work =
        new Answering.Work(
            prompts,
            parameters.state(),
            write ? choices : 0,
            parameters.generation().maxTokens(),
            bytes);
    return Answering.begin(service, work, this);
  }

  private void check(int id) {
    int size = service.tokens().texts().size();
    if (id < 0 || id >= size) {
      throw ApiException.badRequest(
          "logit_bias", "'logit_bias' has the id %d; the model has 0 … %d".formatted(id, size - 1));
    }
  }

  @Override
  public Reading reading(int prompt) {
    return scores.isEmpty() ? new Reading.Plain() : new Reading.Scored(scores.get(prompt)::accept);
  }

  @Override
  public IntFunction<Writer> writers(int prompt, Outbox outbox, Deadline deadline) {
    return choice -> {
      Optional<TokenConstraint> constraint =
          parameters
              .json()
              .map(json ->
                  json.constraint(
                      service.tokenOrder(), parameters.generation().stopTokens(), deadline::check));
      return new AnswerWriter(
          prompt * parameters.choices() + choice,
          outbox,
          service.tokens().texts(),
          parameters,
          new Sampler(parameters.sampling(choice), service.tokens().texts().size()),
          constraint.orElse(TokenConstraint.NONE));
    };
  }
}
