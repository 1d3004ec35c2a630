// Keys page: the API keys of an installation, to make and to revoke, for those who may.
import { useState } from "preact/hooks";
import { isAllowed, type Problem } from "../api/client";
import type { Key } from "../api/shapes";
import { usePages } from "../lists/usePages";
import { EmptyState, ErrorNotice, Loading } from "../shell/notices";
import { KeyForm } from "./keyForm";
import { KeyTable } from "./keyTable";
import { NewKeyNotice } from "./newKey";

export function KeysPage() {
  return isAllowed("admin") ? (
    <Keys />
  ) : (
    <EmptyState title="Keys are for administrators" isPage>
      Your API key may not make others. Ask whoever runs this Gradus.
    </EmptyState>
  );
}

function Keys() {
  const { items, hasMore, problem, loadMore, refresh } = usePages<Key>("/v1/keys", () => false);
  const [revokeProblem, setRevokeProblem] = useState<Problem>();
  return (
    <>
      <header class="title">
        <h1>Keys</h1>
        <p class="muted">Who may use this Gradus, and for what. From the first key on, every request needs one.</p>
      </header>
      <NewKeyNotice />
      {problem && <ErrorNotice problem={problem} />}
      {revokeProblem && <ErrorNotice problem={revokeProblem} />}
      {!items && !problem && <Loading />}
      {items && <KeyForm isFirst={items.length === 0} onMade={refresh} />}
      {items && items.length > 0 && <KeyTable keys={items} onRevoked={refresh} onProblem={setRevokeProblem} />}
      {hasMore && <button onClick={loadMore}>Load more</button>}
    </>
  );
}
