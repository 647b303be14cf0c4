namespace Witan.Client;

/// <summary>An error as Witan tells it (RFC 9457, <c>application/problem+json</c>).</summary>
public sealed record Problem
{
    /// <summary>A reference for the kind of problem.</summary>
    public string Type { get; init; } = "about:blank";

    /// <summary>The kind of problem in words.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What is wrong here, and the remedy.</summary>
    public required string Detail { get; init; }

    /// <summary>A stable code for programs, for example <c>validation_failed</c>.</summary>
    public required string Code { get; init; }

    /// <summary>The request, for the server's log.</summary>
    public required string TraceId { get; init; }

    /// <summary>The fields that are wrong; empty when the problem is not one of fields.</summary>
    public IReadOnlyList<FieldProblem> Errors { get; init; } = [];
}

/// <summary>What is wrong with one field.</summary>
/// <param name="Field">Its path, for example <c>changes.files</c>, or a query parameter.</param>
/// <param name="Message">What is wrong, and what is expected.</param>
public sealed record FieldProblem(string Field, string Message);

/// <summary>Thrown when Witan answers with an error.</summary>
public sealed class WitanException : Exception
{
    /// <summary>Makes an exception of a problem.</summary>
    /// <param name="problem">The problem as the server told it.</param>
    public WitanException(Problem problem) : base($"{problem.Title}: {problem.Detail}") => Problem = problem;

    /// <summary>The problem as the server told it.</summary>
    public Problem Problem { get; }
}
