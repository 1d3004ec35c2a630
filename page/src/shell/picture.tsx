// A picture of a dataset. With a key it comes by a request, for the address of an image cannot send one.
import { useEffect, useState } from "preact/hooks";
import { apiKey, encodeSegment, request } from "../api/client";

interface Props {
  path: string;
  /** What it shows, for those who do not see it. */
  alt: string;
}

export function Picture({ path, alt }: Props) {
  const source = usePicture(path);
  return source ? <img class="picture" src={source} alt={alt} title={alt} loading="lazy" /> : <span class="picture" />;
}

/** The address of the picture in a row of a dataset, counted from 0. */
export function picturePath(datasetId: string, row: number, column: string, size: number): string {
  return `/v1/datasets/${encodeSegment(datasetId)}/images/${row}?${new URLSearchParams({ column, size: String(size) })}`;
}

/** The source of a picture for an image element, once it is there. */
export function usePicture(path: string | null): string | undefined {
  const key = apiKey.value;
  const [loaded, setLoaded] = useState<{ path: string; source: string }>();
  useEffect(() => {
    if (path === null || !key) return;
    const controller = new AbortController();
    request(path, { signal: controller.signal })
      .then((response) => response.blob())
      .then(readAsDataUrl)
      .then(
        (source) => setLoaded({ path, source }),
        () => undefined, // its place stays empty
      );
    return () => controller.abort();
  }, [path, key]);
  if (path === null) return undefined;
  return key ? (loaded?.path === path ? loaded.source : undefined) : path;
}

/** A file as a data: address. */
export function readAsDataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error ?? new Error("the file cannot be read"));
    reader.readAsDataURL(blob);
  });
}
