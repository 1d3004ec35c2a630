// Shown instead of a model that was deleted.
import { EmptyState } from "../shell/notices";
import { hrefFor } from "../shell/route";

export function DeletedModel({ dataset, target }: { dataset: string; target: string | null | undefined }) {
  return (
    <div role="alert">
      <EmptyState title="The model was deleted">
        It no longer predicts. <a href={hrefFor(["datasets", dataset], { target })}>Train again on its dataset</a>
      </EmptyState>
    </div>
  );
}
